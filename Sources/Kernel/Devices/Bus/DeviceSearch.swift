import KernelMain
import KernelSupport
import KernelVirtio

/// Why a device that is there is not used.
public enum SearchProblem: Error {
    case outdated
    case damaged
    case noMemory

    public var message: StaticString {
        switch self {
        case .outdated: "a virtio device has no modern interface (disable-modern, force-legacy): it is not used"
        case .damaged: "a virtio device's capabilities do not fit its registers: it is not used"
        case .noMemory: "there is no memory for a virtio device's registers"
        }
    }
}

/// Looks for a device where the machine says that there may be some: at the places
/// that the boot line tells, and on the PCI bus.
public enum DeviceSearch {
    /// A device of a kind; `nil`: there is none.
    ///
    /// - Parameter place: How many of the kind are in front of it.
    public static func find(
        _ kind: DeviceKind, at place: Int = 0
    ) throws(SearchProblem) -> DeviceTransport? {
        var left = place
        var found: MemoryTransport? = nil
        var isOutdated = false
        var reader = DeviceWord.Reader()
        KernelServices.forEachDevice { byte in
            if let byte { return reader.take(byte) }
            let word = reader.word
            reader = DeviceWord.Reader()
            guard found == nil, let word,
                let window = DeviceRegisters.map(word.address, count: min(word.size, 4096))
            else { return }
            switch MemoryTransport.look(
                at: window, size: min(word.size, 4096), line: word.line, for: kind) {
            case .device(let device):
                if left == 0 { found = device }
                left -= 1
            case .outdated: isOutdated = true
            case .nothing: break
            }
        }
        if let found { return DeviceTransport(bus: .memory(found)) }
        if isOutdated { throw .outdated }
        guard let space = FunctionSearch.find(kind, &left) else { return nil }
        return DeviceTransport(bus: .function(try FunctionTransport.prepare(space)))
    }
}
