import CHermit
import KernelMain
import KernelSupport

// hermit/system.h.

@c @implementation
public func sys_log(_ level: Int32, _ text: UnsafeRawPointer!, _ length: Int) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard let number = UInt8(exactly: level), let level = LogLevel(rawValue: number) else {
            throw .invalidArgument
        }
        let text = try unsafe ApplicationBuffer(text, count: length)
        var line = LineBuffer()
        for offset in 0..<min(text.count, line.room) {
            var byte: UInt8 = 0
            try unsafe withUnsafeMutableBytes(of: &byte) { byte throws(Errno) in
                guard unsafe text.read(at: offset, to: byte) == 1 else { throw .badAddress }
            }
            line.append(byte < 32 ? UInt8(ascii: "?") : byte)
        }
        KernelServices.log(level, &line)
        return 0
    }
}

@c @implementation
public func sys_get_memory(
    _ total: UnsafeMutablePointer<UInt64>!, _ free: UnsafeMutablePointer<UInt64>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try unsafe store(UInt64(KernelServices.memorySize), at: total)
        try unsafe store(UInt64(KernelServices.freeMemorySize), at: free)
        return 0
    }
}
