import KernelDescriptors
import KernelSupport

/// Who is told of the changes of something that has locks of its own.
///
/// What is behind it may be gone when a change is told: others may be told of one then
/// that there was not, and look in vain.
public struct ObservedSource: Sendable, BitwiseCopyable {
    let place: Place

    init(_ place: Place) { self.place = place }

    public static let none = Self(.none)
    public var isNone: Bool { place.isNone }
}

extension Descriptors {
    /// Gives what has locks of its own, and is observed, the lowest free number.
    ///
    /// - Parameter adopt: Takes the source, with the descriptors' lock, before anybody
    ///   can use the number; must be short, and takes no lock.
    /// - Throws: `EMFILE`, `ENFILE`, `ENOMEM`; the object is still the caller's.
    public static func open(
        _ kind: ObjectKind, object: UInt64, flags: OpenFlags, closesOnExec: Bool,
        adopt: (ObservedSource) -> Void
    ) throws(Errno) -> Int32 {
        try start()
        return try locked { state throws(Errno) in
            let number = try state.open(kind, object: object, flags: flags, closesOnExec: closesOnExec)
            adopt(ObservedSource(state.source(of: number)))
            return number
        }
    }

    /// Tells whoever observes of a change. No lock may be held that is taken inside of
    /// the descriptors'.
    ///
    /// - Parameters:
    ///   - source: Gives it, with the descriptors' lock.
    ///   - settles: Lets those run that were woken; not in an interrupt, which does so.
    public static func tell(
        _ events: Readiness, settles: Bool, _ source: () -> ObservedSource
    ) {
        let flags = StreamState.enter()
        let place = source().place
        if !place.isNone { tell(place, events) }
        if !settles { StreamState.shared.hasWoken = false }
        StreamState.leave(flags)
    }
}
