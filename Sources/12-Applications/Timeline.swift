// § 12.4  Major advances, with their sources

/// A step in the history of deep learning. § 12.4
public struct Advance: Sendable, Equatable {
  /// The year of its publication.
  public let year: Int
  /// What is new.
  public let title: String
  /// Where it was published.
  public let source: String
  /// The chapter of the notes that treats it.
  public let chapter: Int

  /// The advances in the order of their years. The figure of § 12.4 is missing from the notes; each of these has its
  /// place in one of the chapters. § 12.4
  public static let all: [Advance] = [
    Advance(
      1943, "the neuron as a threshold of a sum", "McCulloch and Pitts, Bulletin of Mathematical Biophysics 5", 1),
    Advance(1958, "the perceptron, which learns", "Rosenblatt, Psychological Review 65", 1),
    Advance(1969, "what one layer cannot represent", "Minsky and Papert, Perceptrons, MIT Press", 1),
    Advance(1986, "backpropagation in hidden layers", "Rumelhart, Hinton and Williams, Nature 323", 2),
    Advance(1989, "universal approximation", "Cybenko, Mathematics of Control, Signals and Systems 2", 1),
    Advance(1990, "a recurrent network that reads sequences", "Elman, Cognitive Science 14", 5),
    Advance(1997, "the LSTM", "Hochreiter and Schmidhuber, Neural Computation 9", 5),
    Advance(1998, "LeNet-5 reads handwritten digits", "LeCun et al., Proceedings of the IEEE 86", 4),
    Advance(2012, "AlexNet wins ImageNet", "Krizhevsky, Sutskever and Hinton, NIPS 25", 4),
    Advance(2013, "the variational autoencoder", "Kingma and Welling, arXiv:1312.6114", 9),
    Advance(2014, "generative adversarial networks", "Goodfellow et al., NIPS 27", 8),
    Advance(2014, "attention in translation", "Bahdanau, Cho and Bengio, arXiv:1409.0473", 6),
    Advance(2014, "dropout", "Srivastava et al., JMLR 15", 3),
    Advance(2015, "Adam", "Kingma and Ba, ICLR", 2),
    Advance(2015, "batch normalization", "Ioffe and Szegedy, ICML", 3),
    Advance(2015, "U-Net", "Ronneberger, Fischer and Brox, MICCAI", 12),
    Advance(2015, "generation by reversing a diffusion", "Sohl-Dickstein et al., ICML", 10),
    Advance(2016, "residual networks", "He et al., CVPR", 4),
    Advance(2016, "detection in one pass: YOLO", "Redmon et al., CVPR", 12),
    Advance(2017, "the Transformer", "Vaswani et al., NIPS 30", 7),
    Advance(2018, "the neural tangent kernel", "Jacot, Gabriel and Hongler, NeurIPS 31", 11),
    Advance(2019, "BERT", "Devlin et al., NAACL", 7),
    Advance(2020, "GPT-3", "Brown et al., NeurIPS 33", 7),
    Advance(2020, "denoising diffusion (DDPM)", "Ho, Jain and Abbeel, NeurIPS 33", 10),
    Advance(2021, "images and texts in one space: CLIP", "Radford et al., ICML", 12),
    Advance(2021, "AlphaFold 2", "Jumper et al., Nature 596", 12),
    Advance(2022, "latent diffusion", "Rombach et al., CVPR", 10),
    Advance(2023, "GraphCast", "Lam et al., Science 382", 12),
    Advance(2023, "GPT-4", "OpenAI, arXiv:2303.08774", 12),
    Advance(2024, "AlphaFold 3", "Abramson et al., Nature 630", 12),
    Advance(2024, "the AI Act", "Regulation (EU) 2024/1689", 12),
  ]

  private init(_ year: Int, _ title: String, _ source: String, _ chapter: Int) {
    (self.year, self.title, self.source, self.chapter) = (year, title, source, chapter)
  }
}
