// Reaches for the kernel's memory through an unsafe pointer, in the way that its
// argument names. With `hermit run --isolation on` the program ends there, and
// is told where and of what; the last is a call, which throws an error.
import Hermit

/// Where the kernel has its own: KernelMemory/Layout. The map is of all memory.
let places: [(kind: String, address: UInt)] = [
    ("heap", 0xFFFF_C000_0000_0000), ("stack", 0xFFFF_E000_0001_0000), ("task", 0xFFFF_D000_0006_0000),
    ("map", 0xFFFF_8000_0010_0000),
]

func read(_ address: UInt) -> UInt8 {
    UnsafePointer<UInt8>(bitPattern: address)!.pointee
}

func write(_ address: UInt) {
    UnsafeMutablePointer<UInt8>(bitPattern: address)!.pointee = 1
}

/// Calls a function there.
func jump(_ address: UInt) {
    unsafeBitCast(address, to: (@convention(c) () -> Void).self)()
}

/// Has the kernel write what is there to standard output.
func pass(_ address: UInt) throws(SystemError) {
    try StandardOutput.write(
        UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: 16).bytes)
}

let kind = CommandLine.arguments.count == 2 ? CommandLine.arguments[1] : ""
// So that the kernel has a table of tasks, and something in its heap.
try? sleep(for: .milliseconds(1))
for place in places {
    switch kind {
    case "read-" + place.kind: print(read(place.address))
    case "write-" + place.kind: write(place.address)
    case "jump-" + place.kind: jump(place.address)
    case "pass-" + place.kind:
        do throws(SystemError) {
            try pass(place.address)
        } catch {
            print(error)
            exit(0)
        }
    default: continue
    }
    print("not refused")
    exit(1)
}
try? StandardError.write("usage: isolation KIND: read-, write-, jump- or pass-, and heap, stack, task or map\n")
exit(2)
