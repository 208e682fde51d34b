import CHermit
import CHermitStart

/// Writes all bytes of `text` to a descriptor.
private func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
        var done = 0
        while done < bytes.count {
            let count = unsafe sys_write(descriptor, bytes.baseAddress! + done, bytes.count - done)
            if count <= 0 { return }
            done += Int(count)
        }
    }
}

/// Prints a value to standard output.
///
/// - Parameter terminator: What follows; a new line unless said otherwise.
public func print(_ text: String, terminator: String = "\n") {
    write(text + terminator, to: 1)
}

/// Prints an empty line to standard output.
public func print() { write("\n", to: 1) }

/// Prints a value's description to standard output.
public func print<A: CustomStringConvertible>(_ a: A, terminator: String = "\n") {
    write(a.description + terminator, to: 1)
}

/// Prints two values with `separator` in between.
public func print<A: CustomStringConvertible, B: CustomStringConvertible>(
    _ a: A, _ b: B, separator: String = " ", terminator: String = "\n"
) {
    write(a.description + separator + b.description + terminator, to: 1)
}

/// Prints three values with `separator` in between.
public func print<
    A: CustomStringConvertible, B: CustomStringConvertible, C: CustomStringConvertible
>(_ a: A, _ b: B, _ c: C, separator: String = " ", terminator: String = "\n") {
    write(
        a.description + separator + b.description + separator + c.description + terminator, to: 1)
}

/// Prints four values with `separator` in between.
public func print<
    A: CustomStringConvertible, B: CustomStringConvertible, C: CustomStringConvertible,
    D: CustomStringConvertible
>(_ a: A, _ b: B, _ c: C, _ d: D, separator: String = " ", terminator: String = "\n") {
    let first = a.description + separator + b.description
    write(first + separator + c.description + separator + d.description + terminator, to: 1)
}

/// Prints `text` to standard error.
public func printError(_ text: String, terminator: String = "\n") {
    write(text + terminator, to: 2)
}
