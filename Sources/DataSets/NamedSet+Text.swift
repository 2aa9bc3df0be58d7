// The published sets of text and of temperatures.

import Files

extension NamedSet {
  /// All published sets that are known by their contents.
  package static let all: [NamedSet] = [
    .mnist, .fashionMNIST, .cifar10, .tinyShakespeare, .imdb, .agNews, .dailyTemperatures, .adult,
  ]

  package static let tinyShakespeare = NamedSet(
    name: "Tiny Shakespeare", folders: ["tinyshakespeare"], required: ["input.txt"], atLeastOneOf: [], optional: [],
    classNames: [],
    source: "its file input.txt is published at https://github.com/karpathy/char-rnn (data/tinyshakespeare)",
    mistaken: [("train.csv", "a table is there, and the text as one file is needed")],
    contents: ["input.txt": Fingerprint(value: 0x4016_C93C_3BE7_4C18)], others: "a text in the place of")

  package static let imdb = NamedSet(
    name: "IMDB", folders: ["imdb"], required: ["imdb-train.csv", "imdb-test.csv"], atLeastOneOf: [], optional: [],
    classNames: ["negative", "positive"],
    source:
      "its reviews are published at https://ai.stanford.edu/~amaas/data/sentiment/, and two tables of them with the "
      + "columns label and text are needed, imdb-train.csv and imdb-test.csv",
    mistaken: [
      ("aclImdb", "the reviews are there as single files, and two tables are needed"),
      ("aclImdb_v1.tar.gz", "the archive is there, and two tables are needed"),
      ("IMDB Dataset.csv", "one table of all reviews is there, and one to train on and one to test on are needed"),
    ],
    contents: [
      "imdb-train.csv": Fingerprint(value: 0xA959_FE8C_DD52_8FF7),
      "imdb-test.csv": Fingerprint(value: 0x0F08_83F4_98AC_F6E1),
    ], others: "reviews in the format of")

  package static let agNews = NamedSet(
    name: "AG News", folders: ["ag_news_csv"], required: ["test.csv"], atLeastOneOf: [],
    optional: ["train.csv", "classes.txt"], classNames: ["World", "Sports", "Business", "Sci/Tech"],
    source: "its tables are published at https://github.com/mhjabreel/CharCnn_Keras (data/ag_news_csv)",
    mistaken: [("ag_news_csv.tgz", "the archive is there, and has to be unpacked: tar -xf ag_news_csv.tgz")],
    contents: [
      "test.csv": Fingerprint(value: 0x3B05_0B92_68DE_8D0D),
      "classes.txt": Fingerprint(value: 0xB752_1C7C_2C81_21B2),
    ], others: "news in the format of")

  package static let dailyTemperatures = NamedSet(
    name: "Melbourne's daily minimum temperatures", folders: ["daily-min-temperatures"],
    required: ["daily-min-temperatures.csv"], atLeastOneOf: [], optional: [], classNames: [],
    source: "its table is published at https://github.com/jbrownlee/Datasets (daily-min-temperatures.csv)",
    mistaken: [("daily-minimum-temperatures.csv", "the table is there under another name: daily-min-temperatures.csv")],
    contents: ["daily-min-temperatures.csv": Fingerprint(value: 0xB294_91BC_3ABC_21AF)],
    others: "temperatures in the place of")
}
