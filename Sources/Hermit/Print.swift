/// Writes a line to standard output in one piece; there is nobody to tell of
/// an error.
private func emit(_ text: String) {
    do throws(SystemError) { try StandardOutput.write(text) } catch {}
}

/// Prints an empty line to standard output.
public func print() { emit("\n") }

/// Prints a string to standard output.
///
/// - Parameter terminator: What follows it.
public func print(_ text: String, terminator: String = "\n") {
    emit(text + terminator)
}

/// Prints a value to standard output.
///
/// - Parameter terminator: What follows it.
public func print<A: CustomStringConvertible>(_ a: A, terminator: String = "\n") {
    emit(a.description + terminator)
}

/// Prints two values to standard output.
///
/// - Parameters:
///   - separator: What stands between them.
///   - terminator: What follows the last.
public func print<
    A: CustomStringConvertible, B: CustomStringConvertible
>(
    _ a: A, _ b: B,
    separator: String = " ", terminator: String = "\n"
) {
    var line = a.description
    line += separator + b.description
    emit(line + terminator)
}

/// Prints three values to standard output.
///
/// - Parameters:
///   - separator: What stands between them.
///   - terminator: What follows the last.
public func print<
    A: CustomStringConvertible, B: CustomStringConvertible, C: CustomStringConvertible
>(
    _ a: A, _ b: B, _ c: C,
    separator: String = " ", terminator: String = "\n"
) {
    var line = a.description
    line += separator + b.description
    line += separator + c.description
    emit(line + terminator)
}

/// Prints four values to standard output.
///
/// - Parameters:
///   - separator: What stands between them.
///   - terminator: What follows the last.
public func print<
    A: CustomStringConvertible, B: CustomStringConvertible, C: CustomStringConvertible,
    D: CustomStringConvertible
>(
    _ a: A, _ b: B, _ c: C, _ d: D,
    separator: String = " ", terminator: String = "\n"
) {
    var line = a.description
    line += separator + b.description
    line += separator + c.description
    line += separator + d.description
    emit(line + terminator)
}

/// Prints five values to standard output.
///
/// - Parameters:
///   - separator: What stands between them.
///   - terminator: What follows the last.
public func print<
    A: CustomStringConvertible, B: CustomStringConvertible, C: CustomStringConvertible,
    D: CustomStringConvertible, E: CustomStringConvertible
>(
    _ a: A, _ b: B, _ c: C, _ d: D, _ e: E,
    separator: String = " ", terminator: String = "\n"
) {
    var line = a.description
    line += separator + b.description
    line += separator + c.description
    line += separator + d.description
    line += separator + e.description
    emit(line + terminator)
}

/// Prints six values to standard output.
///
/// - Parameters:
///   - separator: What stands between them.
///   - terminator: What follows the last.
public func print<
    A: CustomStringConvertible, B: CustomStringConvertible, C: CustomStringConvertible,
    D: CustomStringConvertible, E: CustomStringConvertible, F: CustomStringConvertible
>(
    _ a: A, _ b: B, _ c: C, _ d: D, _ e: E, _ f: F,
    separator: String = " ", terminator: String = "\n"
) {
    var line = a.description
    line += separator + b.description
    line += separator + c.description
    line += separator + d.description
    line += separator + e.description
    line += separator + f.description
    emit(line + terminator)
}
