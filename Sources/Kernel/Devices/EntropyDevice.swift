import CMachine
import KernelEntropy
import KernelMachine
import KernelMain
import KernelSupport
import KernelVirtio

/// Secure random bytes, to whose seed the machine's entropy device contributes, if
/// it has one (virtio 1.2, 5.4).
///
/// It is looked for when the generator wants it for the first time: at once where the
/// processor has no generator, else when a program has had more than a few words.
public enum EntropyDevice {
    private struct Shared: ~Copyable {
        var wasSought = false
        var queue: EntropyQueue? = nil
    }

    nonisolated(unsafe) private static var shared = SpinLock(Shared(), .entropyDevice)

    /// Fills `bytes`, as `Entropy.fill` does.
    public static func fill(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
        if Entropy.wantsDevice { contribute() }
        return unsafe Entropy.fill(bytes)
    }

    @inline(never)
    private static func contribute() {
        machine_want_entropy_device()
        var bytes = InlineArray<64, UInt8>(repeating: 0)
        var count = 0
        let problem = unsafe shared.withLock { shared -> StaticString? in
            if !shared.wasSought {
                shared.wasSought = true
                do throws(SearchProblem) {
                    guard let bus = try DeviceSearch.find(.entropy) else { return nil }
                    do throws(EntropyQueue.Problem) {
                        shared.queue = try EntropyQueue.open(bus)
                    } catch {
                        return error.message
                    }
                } catch {
                    return error.message
                }
            }
            guard shared.queue != nil else { return nil }
            do throws(EntropyQueue.Problem) {
                count = try shared.queue!.take(&bytes)
                return nil
            } catch {
                if case .late = error {} else { shared.queue = nil }
                return error.message
            }
        }
        bytes.withBytes(0..<count) { Entropy.contribute($0) }
        bytes.withMutableBytes { span in
            unsafe span.withUnsafeMutableBytes { unsafe Entropy.erase($0) }
        }
        if let problem { KernelServices.log(.warning, problem) }
    }
}
