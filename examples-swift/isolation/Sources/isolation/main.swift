// Reaches for the kernel's memory through an unsafe pointer, in the way that its
// argument names. With `hermit run --isolation on` the program ends there, and
// is told where and of what.
import Hermit

/// Where the kernel has its own: KernelMemory/Layout.
let places: [(kind: String, address: UInt)] = [
    ("heap", 0xFFFF_C000_0000_0000), ("stack", 0xFFFF_E000_0001_0000), ("task", 0xFFFF_D000_0006_0000),
]

func read(_ address: UInt) -> UInt8 {
    UnsafePointer<UInt8>(bitPattern: address)!.pointee
}

func write(_ address: UInt) {
    UnsafeMutablePointer<UInt8>(bitPattern: address)!.pointee = 1
}

let kind = CommandLine.arguments.count == 2 ? CommandLine.arguments[1] : ""
// So that the kernel has a table of tasks, and something in its heap.
try? sleep(for: .milliseconds(1))
for place in places {
    if kind == "read-" + place.kind {
        print("not refused: ", read(place.address))
        exit(1)
    }
    if kind == "write-" + place.kind {
        write(place.address)
        print("not refused")
        exit(1)
    }
}
try? StandardError.write("usage: isolation KIND: read- or write-, and heap, stack or task\n")
exit(2)
