extension Field where Value == Bool {
  package static func flag(_ name: String, _ description: String) -> Field {
    Field(name, description, schema: ["type": "boolean"], expected: "true or false") { $0.bool }
  }
}

extension Field where Value == Int {
  package static func integer(_ name: String, _ description: String, in range: ClosedRange<Int>) -> Field {
    Field(
      name, description,
      schema: ["type": "integer", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)],
      expected: "an integer from \(range.lowerBound) to \(range.upperBound)"
    ) { slice in
      guard let number = slice.int, range.contains(number) else { return nil }
      return number
    }
  }
}

extension Field where Value == String {
  /// A text of so many Unicode scalars, without control characters (U+0000–U+001F, U+007F–U+009F).
  package static func text(_ name: String, _ description: String, scalars: ClosedRange<Int>) -> Field {
    Field(
      name, description,
      schema: [
        "type": "string", "minLength": .int(scalars.lowerBound), "maxLength": .int(scalars.upperBound),
        "pattern": #"^[^\u0000-\u001f\u007f-\u009f]*$"#,
      ],
      expected: "a text of \(scalars.lowerBound) to \(scalars.upperBound) characters without control characters"
    ) { slice in
      guard let text = slice.string, scalars.contains(text.unicodeScalars.count) else { return nil }
      return text.unicodeScalars.contains { $0.properties.generalCategory == .control } ? nil : text
    }
  }
}

extension Field where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
  package static func choice(_ name: String, _ description: String) -> Field {
    let words = Value.allCases.map(\.rawValue)
    return Field(
      name, description, schema: ["type": "string", "enum": .array(words.map { .string($0) })],
      expected: "one of " + words.joined(separator: ", ")
    ) { slice in
      slice.string.flatMap { text in Value.allCases.first { sameScalars($0.rawValue, text) } }
    }
  }
}
