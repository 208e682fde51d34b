import CMachine
import KernelMachine
import KernelMemory
import KernelSupport

/// The machine's processors, as the device tree lists them.
package enum Processors {
    /// Counted at the first question; 0: not yet.
    nonisolated(unsafe) private static var counted = 0

    /// How many run tasks, or, before the others have been started, will.
    package static var count: Int {
        let running = Int(truncatingIfNeeded: machine_running_cores())
        return unsafe haveStarted ? running : listed
    }

    /// The others have been started, or found not to.
    nonisolated(unsafe) package static var haveStarted = false

    /// Those in the tree; no more than the kernel runs.
    package static var listed: Int {
        if unsafe counted == 0 {
            var count = 0
            forEach { _ in count += 1 }
            unsafe counted = min(max(count, 1), Int(HERMIT_MAXIMUM_CORES))
        }
        return unsafe counted
    }

    /// Calls `body` with the number of each processor's local interrupt
    /// controller, in the tree's order.
    package static func forEach(_ body: (UInt64) -> Void) {
        withTree { bytes in
            // What was readable at boot is.
            try? FlattenedDeviceTree(bytes).forEachProcessor(in: bytes, body)
        }
    }

    /// Calls `body` with the device tree; `nil`: there is none.
    @inline(__always)
    static func withTree<Result>(_ body: (RawSpan) -> Result?) -> Result? {
        let place = unsafe Kernel.root.pointee.deviceTree
        guard
            let tree = unsafe UnsafeRawPointer(
                bitPattern: UInt(place.lowerBound + Layout.directMap))
        else { return nil }
        return body(unsafe UnsafeRawBufferPointer(start: tree, count: place.count).bytes)
    }
}
