/// What takes standard output in place of the first serial port, in an image that has it.
public struct OutputDevice: Sendable {
    /// Called with the console's lock: address and count of the bytes, and the address of
    /// a `StaticString?` for what the log is to be told. So many of them, from the first one
    /// on, the host has when this returns; the port is to have the others.
    let write: @convention(c) (UInt, Int, UInt) -> Int

    public init(write: @convention(c) (UInt, Int, UInt) -> Int) {
        self.write = write
    }

    nonisolated(unsafe) private static var device: OutputDevice? = nil

    /// `nil`: the port takes all.
    @inline(__always)
    static var current: OutputDevice? { unsafe device }

    /// Standard output goes by it from now on; once.
    public static func start(_ device: OutputDevice) { unsafe self.device = device }
}
