import CHermit
import CHermitStart

/// The running program: its arguments, its environment, its end.
public enum Program {
    /// The program's name, and the arguments behind it.
    public static var arguments: [String] {
        let count = Int(hermit_start_argument_count())
        guard count > 0, let vector = unsafe hermit_start_arguments() else { return [] }
        var result: [String] = []
        for i in 0..<count {
            guard let text = unsafe vector[i] else { break }
            result.append(unsafe String(cString: text))
        }
        return result
    }

    /// The value of an environment variable, or `nil`.
    public static func environment(_ name: String) -> String? {
        guard let vector = unsafe hermit_start_environment() else { return nil }
        var i = 0
        while let text = unsafe vector[i] {
            let variable = unsafe String(cString: text)
            var key = ""
            var rest = variable.utf8.makeIterator()
            var bytes: [UInt8] = []
            while let byte = rest.next() {
                if byte == 0x3D {
                    key = String(decoding: bytes, as: UTF8.self)
                    bytes = []
                    while let byte = rest.next() { bytes.append(byte) }
                    if key == name { return String(decoding: bytes, as: UTF8.self) }
                    break
                }
                bytes.append(byte)
            }
            i += 1
        }
        return nil
    }

    /// Ends the program with `status & 255`. The corresponding C function is `sys_exit`.
    public static func exit(_ status: Int32) -> Never { sys_exit(status) }
}
