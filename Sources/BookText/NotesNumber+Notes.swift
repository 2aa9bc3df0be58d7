extension NotesNumber {
  /// What the notes number in each chapter, without its number: a line for sections, equations and every word.
  static let chapters = [
    """
    §: 1 1.1 1.2 2 2.1 2.2 3 3.1 3.2 3.3 4–9
    Definition: 1
    Theorem: 3
    Remark: 4
    Example: 2
    Listing: 6 7
    Output: 6 7
    Exercise: 1–5
    """,
    """
    §: 1 1.1 1.2 2 2.1 2.2 3 4 4.1 4.2 4.3 4.4 4.5 5 5.1 5.2 5.3 6 6.1 6.2 6.3 7–10
    Proposition: 1 2
    Listing: 3 5–8
    Output: 3 7 8
    Exercise: 1–5
    """,
    """
    §: 1 1.1 2 2.1 2.2 2.3 3 4 4.1 4.2 5 5.1 5.2 5.3 6 7 7.1 7.2 7.3 8 9 9.1 9.2 10–12
    (): 1–35
    Definition: 1 2 7
    Theorem: 4 8
    Proposition: 5
    Remark: 3 6 9
    Listing: 10 10a 11
    Output: 11
    Exercise: 1 1.1 1.2 1.3 2 2.1 2.2 2.3 3 3.1 3.2 3.3 4 4.1 4.2 4.3 4.4 5 5.1 5.2 5.3
    """,
    """
    §: 1 2 2.1 2.2 2.3 2.4 3 4 4.1 4.2 4.3 4.4 5–10
    (): 1–12
    Definition: 1 5 8
    Theorem: 3 7
    Remark: 2 6 9
    Example: 4
    Listing: 6–8
    Output: 6 8
    Exercise: 1 1.1 1.2 1.3 1.4 1.5 2 2.1 2.2 2.3 2.4 3 3.1 3.2 3.3 4 4.1 4.2 4.3 5 5.1 5.2 5.3 5.4
    """,
    """
    §: 1 2 2.1 2.2 3 3.1 4 4.1 4.2 5 5.1 5.2 5.3 6–10
    (): 1–24
    Definition: 1 7
    Theorem: 3 4
    Proposition: 5
    Remark: 2 6 8
    Listing: 8 8a 9
    Output: 8 9
    Exercise: 1 1.1 1.2 1.3 2 2.1 2.2 2.3 2.4 3 3.1 3.2 3.3 3.4 4 4.1 4.2 4.3 4.4 5 5.1 5.2 5.3 5.4 5.5
    """,
    """
    §: 1 1.1 2 2.1 2.2 3 4 4.1 4.2 4.3 5 5.1 6 6.1 6.2 7–12
    (): 1–23
    Definition: 5 6
    Theorem: 1 3 7
    Remark: 2 4 8–10
    Listing: 9a 9b 11
    Output: 9a 9b 11
    Exercise: 1 1.1 1.2 1.3 2 2.1 2.2 2.3 2.4 3 3.1 3.2 3.3 3.4 4 4.1 4.2 4.3 4.4 5 5.1 5.2 5.3 5.4
    """,
    """
    §: 1 2 2.1 2.2 3 3.1 4 4.1 4.2 4.3 5–10
    (): 1–16
    Definition: 3 5 6 8 10 11
    Theorem: 4
    Proposition: 7
    Remark: 1 2 9 12
    Listing: 8
    Output: 8
    Table: 1
    Exercise: 1–4 4.1 4.2 4.3 5 5.1 5.2 5.3 6
    """,
    """
    §: 1 2 2.1 2.2 2.3 3 3.1 3.2 4 4.1 4.2 5–8 8.1 8.2 9 10
    (): 1–19
    Definition: 1 2 6 7 9
    Theorem: 4 5 8
    Remark: 3 10 11
    Listing: 7
    Output: 7
    Table: 1
    Exercise: 1 2 2.1 2.2 2.3 3 3.1 3.2 3.3 3.4 4 5 5.1 5.2 6 6.1 6.2 6.3
    """,
    """
    §: 1–3 3.1 3.2 3.3 4 4.1 4.2 5–9 9.1 10
    (): 1–29
    Definition: 2 7 8 11
    Theorem: 3 5 6
    Proposition: 4
    Remark: 1 9 10
    Listing: 8a 8b
    Output: 8
    Table: 1
    Exercise: 1 2 2.1 2.2 2.3 3 3.1 3.2 3.3 4 4.1 4.2 4.3 5 5.1 5.2 5.3 5.4 6 6.1 6.2 6.3 6.4
    """,
    """
    §: 1 1.1 1.2 2 2.1 2.2 3 3.1 3.2 4 5 5.1 6 6.1 6.2 7–10
    (): 1–24
    Definition: 1 8
    Theorem: 3–6
    Remark: 2 7 9
    Listing: 8a 8b 8c
    Output: 8
    Table: 1
    Exercise: 1–5 5.1 5.2 5.3 6 6.1 6.2 6.3
    """,
    """
    §: 1 1.1 2–4 4.1 4.2 5 5.1 5.2 6 6.1 6.2 7 8 8.1 9–11
    (): 1–17
    Definition: 1 4 7 12 20 21
    Theorem: 2 6 8 10 13 15–17
    Proposition: 5 9 19
    Remark: 3 11 14 18 22
    Listing: 10
    Exercise: 1–3 3.1 3.2 3.3 4 4.1 4.2 4.3 5 5.1 5.2 5.3 6 6.1 6.2 6.3 6.4 7 7.1 7.2 7.3 7.4
    """,
    """
    §: 1 1.1 1.2 1.3 2 2.1 2.2 2.3 3 3.1 3.2 3.3 4 5 5.1 5.2 5.3 6 6.1 6.2 7 7.1 7.2 8–11
    Definition: 2–4
    Remark: 1
    Listing: 5.2
    Exercise: 1–5
    """,
  ]
}
