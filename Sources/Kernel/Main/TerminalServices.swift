import KernelMachine
import KernelMemory
import KernelSupport

/// What the console offers to who makes a terminal of it.
extension KernelServices {
    /// A bit for each of the standard streams that is a terminal.
    public static var terminals: UInt32 { unsafe Kernel.root.pointee.terminals }

    /// The size of the window at the boot; `nil`: nobody knows.
    public static var bootWindow: (rows: UInt16, columns: UInt16)? {
        withBootLine { KernelCommandLine.window($0) } ?? nil
    }

    /// Calls `body` with each byte of the program's name.
    public static func programName(_ body: (UInt8) -> Void) {
        withBootLine { KernelCommandLine.name($0, body) }
    }

    /// Calls `body` with each byte that the boot line says of a device, and with `nil`
    /// behind the last, for every device.
    public static func forEachDevice(_ body: (UInt8?) -> Void) {
        withBootLine { KernelCommandLine.forEachDevice($0, body) }
    }

    /// The same of every folder that is to be seen.
    public static func forEachMount(_ body: (UInt8?) -> Void) {
        withBootLine { KernelCommandLine.forEachMount($0, body) }
    }

    /// Calls `body` with each text that the boot line says of the network; one that is too long to
    /// be something is empty.
    public static func forEachNetworkWord(
        _ body: (KernelCommandLine.NetworkWord, RawSpan) -> Void
    ) {
        var text = InlineArray<64, UInt8>(repeating: 0)
        for word in KernelCommandLine.NetworkWord.allCases {
            var count = 0
            withBootLine { line in
                KernelCommandLine.forEach(word, line) { byte in
                    // Several of them stand between commas.
                    if let byte, byte != UInt8(ascii: ",") {
                        if count < text.count { text[count] = byte }
                        count += 1
                        return
                    }
                    text.withBytes(0..<(count > text.count ? 0 : count)) { body(word, $0) }
                    count = 0
                }
            }
        }
    }

    /// Runs `body` with the boot line; `nil`: there is none.
    @discardableResult
    private static func withBootLine<Value>(_ body: (RawSpan) -> Value) -> Value? {
        let place = unsafe Kernel.root.pointee.deviceTree
        guard
            let tree = unsafe UnsafeRawPointer(
                bitPattern: UInt(place.lowerBound + Layout.directMap))
        else { return nil }
        let bytes = unsafe UnsafeRawBufferPointer(start: tree, count: place.count).bytes
        // What was readable at boot is.
        guard let line = try? FlattenedDeviceTree(bytes).bootArguments(in: bytes, memory: { _, _ in })
        else { return nil }
        return body(bytes.extracting(line))
    }

    /// Takes what has arrived of standard input; how many bytes.
    public static func takeInput(_ bytes: inout InlineArray<32, UInt8>) -> Int {
        unsafe Kernel.root.pointee.console.withLock { $0.takeInput(&bytes) }
    }

    /// Standard input has ended, and all of it was taken.
    public static var inputHasEnded: Bool {
        unsafe Kernel.root.pointee.console.withLock { $0.hasEnded }
    }

    /// Takes what has happened to the host's terminal.
    public static func takeTerminalChanges() -> TerminalChanges {
        unsafe Kernel.root.pointee.console.withLock { $0.takeTerminalChanges() }
    }

    /// Writes bytes of the kernel's own to a standard stream, 1 or 2.
    public static func write(_ bytes: RawSpan, to stream: UInt64) {
        unsafe Kernel.root.pointee.console.withLock { console in
            if stream == 1 { console.writeOutput(bytes) } else { console.writeError(bytes) }
        }
    }

    /// Tells the host what else the guest wants of it.
    public static func wish(_ wish: ChannelFrame.HostWish) {
        unsafe Kernel.root.pointee.console.withLock { $0.wish(wish) }
    }

    /// Takes the number of the signal by which the host has asked for the program's end.
    public static func takeEndRequest() -> Int? {
        unsafe Kernel.root.pointee.console.withLock { $0.takeEndRequest() }
    }
}
