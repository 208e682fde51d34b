// Embedded Swift has no description of its collections and optionals. These
// are written as ordinary Swift writes them, for `print` and in strings.

/// A value as it stands in a collection: strings in quotation marks.
@inline(__always)
private func element<Value: CustomStringConvertible>(_ value: Value) -> String {
    Value.self == String.self ? value.description.debugDescription : value.description
}

private func list<Elements: Sequence>(_ elements: Elements) -> String
where Elements.Element: CustomStringConvertible {
    var text = ""
    for value in elements {
        if !text.isEmpty { text += ", " }
        text += element(value)
    }
    return "[" + text + "]"
}

private func list<Key: CustomStringConvertible, Value: CustomStringConvertible>(
    _ dictionary: [Key: Value]
) -> String {
    if dictionary.isEmpty { return "[:]" }
    var text = ""
    for (key, value) in dictionary {
        if !text.isEmpty { text += ", " }
        text += element(key) + ": " + element(value)
    }
    return "[" + text + "]"
}

extension DefaultStringInterpolation {
    public mutating func appendInterpolation<Element: CustomStringConvertible>(
        _ array: [Element]
    ) {
        appendLiteral(list(array))
    }

    public mutating func appendInterpolation<Element: CustomStringConvertible>(
        _ slice: ArraySlice<Element>
    ) {
        appendLiteral(list(slice))
    }

    public mutating func appendInterpolation<Element: CustomStringConvertible>(
        _ set: Set<Element>
    ) {
        appendLiteral(list(set))
    }

    public mutating func appendInterpolation<
        Key: CustomStringConvertible, Value: CustomStringConvertible
    >(_ dictionary: [Key: Value]) {
        appendLiteral(list(dictionary))
    }
}

/// Prints an array to standard output.
///
/// - Parameter terminator: What follows it.
public func print<Element: CustomStringConvertible>(
    _ array: [Element], terminator: String = "\n"
) {
    print(list(array), terminator: terminator)
}

/// Prints a set to standard output; the order is not defined.
///
/// - Parameter terminator: What follows it.
public func print<Element: CustomStringConvertible>(
    _ set: Set<Element>, terminator: String = "\n"
) {
    print(list(set), terminator: terminator)
}

/// Prints a dictionary to standard output; the order is not defined.
///
/// - Parameter terminator: What follows it.
public func print<Key: CustomStringConvertible, Value: CustomStringConvertible>(
    _ dictionary: [Key: Value], terminator: String = "\n"
) {
    print(list(dictionary), terminator: terminator)
}
