public import Testing

/// Records an issue unless the stopped process wrote `text` to its standard error.
public func expectMessage(_ result: ExitTest.Result?, _ text: String, sourceLocation: SourceLocation = #_sourceLocation)
{
  let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  #expect(message.contains(text), "\(message.prefix(400))", sourceLocation: sourceLocation)
}
