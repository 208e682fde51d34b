import CHermitStart

/// The program's arguments. Embedded Swift has no `CommandLine` of its own.
public enum CommandLine {
    /// The program's name and, behind it, the arguments. Bytes that are not
    /// UTF-8 come as U+FFFD.
    public static var arguments: [String] {
        let vector = unsafe hermit_start_arguments()!
        return (0..<Int(hermit_start_argument_count())).map { i in
            unsafe String(cString: vector[i]!)
        }
    }
}
