import CHermitStart

/// The program's environment, as it was at the start.
public enum Environment {
    /// The value of a variable; `nil` if there is none of that name. The
    /// first counts if there are several. Bytes that are not UTF-8 come as
    /// U+FFFD.
    ///
    /// - Complexity: O(*n*) in the number of variables.
    public static subscript(name: String) -> String? {
        // No variable's name has one of these in it.
        if name.isEmpty || name.utf8.contains(where: { $0 == UInt8(ascii: "=") || $0 == 0 }) {
            return nil
        }
        for i in 0... {
            guard let text = unsafe strings[i] else { break }
            if let value = unsafe value(of: text, named: name) { return value }
        }
        return nil
    }

    /// All variables and their values.
    public static var variables: [String: String] {
        var variables: [String: String] = [:]
        for i in 0... {
            guard let text = unsafe strings[i] else { break }
            let string = unsafe String(cString: text)
            guard let end = string.utf8.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(string[..<end])
            if variables[name] == nil {
                variables[name] = String(string[string.utf8.index(after: end)...])
            }
        }
        return variables
    }

    /// `KEY=VALUE`, nil behind the last.
    private static var strings: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
        unsafe hermit_start_environment()!
    }

    /// What follows `name=`; `nil` if that is not how `text` begins.
    private static func value(of text: UnsafePointer<CChar>, named name: String) -> String? {
        var rest = unsafe text
        for byte in name.utf8 {
            guard unsafe UInt8(bitPattern: rest.pointee) == byte else { return nil }
            unsafe rest += 1
        }
        guard unsafe UInt8(bitPattern: rest.pointee) == UInt8(ascii: "=") else { return nil }
        return unsafe String(cString: rest + 1)
    }
}
