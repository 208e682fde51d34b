/// Writes a line to standard output in one piece; there is nobody to tell of
/// an error.
private func emit(_ text: String) {
    do throws(SystemError) { try StandardOutput.write(text) } catch {}
}

/// Prints an empty line to standard output.
public func print() { emit("\n") }

// MARK: - One value

// Embedded Swift has a `print` of one value, which writes byte by byte. The
// five functions here have its signatures, and a module's functions hide
// Swift's of the same signature. A terminator that is not a literal takes
// one of the three behind them.

/// Prints a string that is a literal to standard output.
public func print(_ text: StaticString, terminator: StaticString = "\n") {
    emit(text.description + terminator.description)
}

/// Prints a string to standard output.
public func print(_ text: String, terminator: StaticString = "\n") {
    emit(text + terminator.description)
}

/// Prints a number to standard output.
public func print(_ number: some BinaryInteger, terminator: StaticString = "\n") {
    emit(number.description + terminator.description)
}

/// Prints `true` or `false` to standard output.
public func print(_ value: Bool, terminator: StaticString = "\n") {
    emit(value.description + terminator.description)
}

/// Prints a value to standard output.
public func print(_ value: some CustomStringConvertible, terminator: StaticString = "\n") {
    emit(value.description + terminator.description)
}

/// Prints a string and what ends it to standard output.
public func print(_ text: String, terminator: String) {
    emit(text + terminator)
}

/// Prints a number and what ends it to standard output.
public func print(_ number: some BinaryInteger, terminator: String) {
    emit(number.description + terminator)
}

/// Prints a value and what ends it to standard output.
public func print(_ value: some CustomStringConvertible, terminator: String) {
    emit(value.description + terminator)
}

// MARK: - Several values

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
