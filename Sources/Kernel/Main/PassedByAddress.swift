/// A value of its caller's whose address a kind's function gets as a word, as C's
/// functions take no references.
///
/// Who passes it uses `withAddress`, so that it lives as long as the call; the
/// function uses `Self[address]`, the value itself and not a copy.
@safe public protocol PassedByAddress {}

extension PassedByAddress {
    /// The value whose address a function got.
    public static subscript(address: UInt) -> Self {
        @inline(__always) unsafeAddress {
            unsafe UnsafePointer(bitPattern: address).unsafelyUnwrapped
        }
        @inline(__always) unsafeMutableAddress {
            unsafe UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped
        }
    }

    /// Its address, for a function that is called meanwhile.
    @inline(__always)
    public mutating func withAddress<Value, Failure: Error>(
        _ body: (UInt) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try unsafe withUnsafeMutablePointer(to: &self) { place throws(Failure) in
            try body(UInt(bitPattern: place))
        }
    }
}
