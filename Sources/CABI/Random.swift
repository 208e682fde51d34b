import CHermit
import KernelMain
import KernelSupport

// hermit/random.h: the processor's generator, and errno.

private func randomWord() throws(Errno) -> UInt64 {
    guard let word = KernelServices.randomWord() else { throw .noFunction }
    return word
}

@c @implementation
public func sys_read_entropy(
    _ buffer: UnsafeMutablePointer<UInt8>!, _ size: Int, _ flags: UInt32
) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        guard flags == 0 else { throw .invalidArgument }
        let bytes = try unsafe writable(buffer, size)
        var word: UInt64 = 0
        for i in 0..<bytes.count {
            if i & 7 == 0 { word = try randomWord() }
            unsafe bytes[i] = UInt8(truncatingIfNeeded: word)
            word >>= 8
        }
        return hermit_ssize_t(bytes.count)
    }
}

@c @implementation
public func sys_secure_rand32(_ value: UnsafeMutablePointer<UInt32>!) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let bytes = try unsafe writable(value, 4)
        unsafe bytes.storeBytes(of: UInt32(truncatingIfNeeded: try randomWord()), as: UInt32.self)
        return 0
    }
}

@c @implementation
public func sys_secure_rand64(_ value: UnsafeMutablePointer<UInt64>!) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let bytes = try unsafe writable(value, 8)
        unsafe bytes.storeBytes(of: try randomWord(), as: UInt64.self)
        return 0
    }
}

@c @implementation
public func sys_errno_location() -> UnsafeMutablePointer<Int32>! {
    unsafe KernelServices.errnoLocation()
}

@c @implementation
public func sys_errno() -> Int32 { unsafe KernelServices.errnoLocation().pointee }

@c @implementation
public func sys_get_errno() -> Int32 { unsafe KernelServices.errnoLocation().pointee }
