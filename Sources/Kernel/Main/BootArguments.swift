/// What `runtime_entry` gets, in one block of the application's memory: the
/// two vectors, each ended by a null pointer, and behind them the strings.
@safe struct BootArguments {
    let count: Int
    let vector: UnsafeMutableRawPointer
    let environment: UnsafeMutableRawPointer

    /// Copies the arguments out of the boot's words; `nil` when memory is exhausted.
    init?(_ words: BootWords) {
        var arguments = 1
        var variables = 0
        var bytes = 0
        var hasName = false
        words.forEach { word, isArgument in
            if isArgument {
                arguments += 1
                bytes += word.length + 1
            } else if word.hasPrefix("env=") {
                variables += 1
                bytes += word.length + 1
            } else if word.hasPrefix("name=") {
                hasName = true
                bytes += word.length + 1
            }
        }
        let pointers = arguments + variables + 2
        guard
            let block = unsafe KernelServices.allocateZeroed(
                size: pointers * 8 + bytes + Self.defaultName.utf8CodeUnitCount + 1, alignment: 16)
        else { return nil }
        count = arguments
        unsafe vector = block
        unsafe environment = block + (arguments + 1) * 8

        var text = unsafe block + pointers * 8
        var argument = unsafe block + 8
        var variable = unsafe block + (arguments + 1) * 8
        func copy(_ start: UnsafePointer<UInt8>, _ length: Int, to slot: UnsafeMutableRawPointer) {
            unsafe slot.storeBytes(of: UInt64(UInt(bitPattern: text)), as: UInt64.self)
            unsafe text.copyMemory(from: start, byteCount: length)
            unsafe text += length + 1
        }
        if !hasName {
            unsafe copy(Self.defaultName.utf8Start, Self.defaultName.utf8CodeUnitCount, to: block)
        }
        words.forEach { word, isArgument in
            if isArgument {
                unsafe copy(word.start, word.length, to: argument)
                unsafe argument += 8
            } else if word.hasPrefix("env=") {
                let value = word.dropping("env=")
                unsafe copy(value.start, value.length, to: variable)
                unsafe variable += 8
            } else if word.hasPrefix("name=") {
                let value = word.dropping("name=")
                unsafe copy(value.start, value.length, to: block)
            }
        }
    }

    /// argv[0] where the command line has no `name=`.
    private static let defaultName: StaticString = "hermit"
}
