import Builtin

/// Memory for a value inside of what owns it, whose address stays the same as
/// long as the owner lives: what a lock guards, or what the system is told the
/// address of.
///
/// It has no exclusivity of its own: the owner sees to that.
@_rawLayout(like: Value)
@usableFromInline
struct Cell<Value: ~Copyable>: ~Copyable {
    /// Where the value is.
    @inline(__always)
    @inlinable
    var address: UnsafeMutablePointer<Value> {
        unsafe UnsafeMutablePointer<Value>(Builtin.addressOfRawLayout(self))
    }

    @inline(__always)
    @inlinable
    init(_ value: consuming Value) { unsafe address.initialize(to: value) }

    /// Inlinable, because it must be seen where an owner ends in another module.
    @inlinable
    deinit { unsafe address.deinitialize(count: 1) }
}
