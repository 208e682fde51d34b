/// The kernel's locks, and the one place where their order is written down.
///
/// None is held while the application runs, and all with interrupts off. A lock
/// is taken inside of those that `mayBeInside` names and of no others; so the
/// scheduler's and the console's are not taken one inside the other. A kernel
/// with `CHECKS_LOCKS` sees to that (`LockOrder`).
public enum KernelLock: UInt8, CaseIterable, Sendable {
    /// Descriptors, and what is behind them and is no file (KernelStreams).
    case descriptors
    /// Names of files (KernelFiles).
    case names
    /// Files' data (KernelFiles); a core holds one of them at most.
    case files
    /// Which files the application sees in memory (KernelFiles).
    case fileMappings
    /// Locks of files that the program holds (KernelFiles).
    case fileLocks
    /// The scheduler's, and what waits with it (KernelTasks/Runtime).
    case scheduler
    /// The call that is traced (KernelTrace).
    case tracer
    /// What one socket of the internet's has (KernelSockets); a core holds one of them at most.
    case sockets
    /// Which sockets there are, and by which ports and ends they are found (KernelSockets).
    case socketTable
    /// The wheel of the sockets' timers (KernelSockets).
    case socketTimers
    /// Sockets of AF_VSOCK, and their device (KernelVirtualSockets).
    case virtualSockets
    /// The two channels to the host.
    case console
    /// The generator of random bytes.
    case entropy
    /// The machine's device that contributes to it.
    case entropyDevice
    /// The ports by which PCI devices are configured.
    case configuration
    /// Disks: requests to them, and which there are (KernelDisk).
    case disks
    /// Folders of the host's: requests to their devices, and which files are known (KernelFolders).
    case folders
    /// The interfaces of the network: addresses, neighbours, routes (KernelSockets).
    case interfaces
    /// Who sleeps for what: locks that tasks sleep for, and tasks that rest (KernelTasks).
    case sleepers
    /// A network card's device: its reset, and what it says of the link (KernelNetworkCards).
    case cardDevice
    /// What a pair of a network card's queues has received; a core holds one of them at most.
    case cardReceiving
    /// What it sends; a core holds one of them at most.
    case cardSending
    /// Frames, the address space, heaps, mappings.
    case memory

    public var name: StaticString {
        switch self {
        case .descriptors: "descriptors"
        case .names: "names"
        case .files: "files"
        case .fileMappings: "mappings of files"
        case .fileLocks: "locks of files"
        case .scheduler: "scheduler"
        case .tracer: "tracer"
        case .sockets: "sockets"
        case .socketTable: "table of sockets"
        case .socketTimers: "timers of sockets"
        case .virtualSockets: "virtual sockets"
        case .console: "console"
        case .entropy: "entropy"
        case .entropyDevice: "entropy device"
        case .configuration: "configuration ports"
        case .disks: "disks"
        case .folders: "folders"
        case .interfaces: "interfaces"
        case .sleepers: "locks that tasks sleep for"
        case .cardDevice: "network card"
        case .cardReceiving: "received frames"
        case .cardSending: "frames to be sent"
        case .memory: "memory"
        }
    }

    /// The locks that a core may hold when it takes this one, a bit for each.
    @inline(__always)
    var mayBeInside: UInt32 {
        switch self {
        case .descriptors, .names, .fileLocks, .tracer, .entropy, .entropyDevice, .disks, .folders, .sleepers: 0
        // What is copied with these locks may be a page of a file that is in memory.
        case .files: Self.copying
        case .fileMappings: Self.copying | Self.files.bit
        // Whoever changes what others wait for wakes them.
        case .scheduler:
            Self.descriptors.bit | Self.fileLocks.bit | Self.disks.bit | Self.folders.bit | Self.sockets.bit
                | Self.socketTable.bit | Self.socketTimers.bit | Self.interfaces.bit | Self.sleepers.bit
                | Self.virtualSockets.bit
        // A few bytes are moved in one step.
        case .sockets: Self.descriptors.bit
        // What they are ready for is asked.
        case .virtualSockets: Self.descriptors.bit
        case .socketTable: Self.sockets.bit
        case .interfaces: Self.sockets.bit
        case .cardDevice: Self.interfaces.bit
        // A card that is reset is nobody's meanwhile.
        case .cardReceiving: Self.interfaces.bit | Self.cardDevice.bit
        case .cardSending: Self.interfaces.bit | Self.cardDevice.bit | Self.cardReceiving.bit
        // The wheel grows with the table.
        case .socketTimers: Self.sockets.bit | Self.socketTable.bit | Self.interfaces.bit
        case .console: Self.tracer.bit | Self.descriptors.bit | Self.interfaces.bit
        // Devices are looked for when they are used first.
        case .configuration: Self.devices | Self.scheduler.bit
        // A page is filled while the scheduler looks at a word of the
        // application's, or a pipe or the console copies to it. Isolated code gets its stack
        // where a card's registers are read.
        case .memory:
            Self.cardDevice.bit | Self.copying | Self.files.bit | Self.fileMappings.bit | Self.fileLocks.bit | Self.devices
                | Self.socketTable.bit | Self.socketTimers.bit
        }
    }

    /// Locks with which the application's memory is copied or looked at.
    private static var copying: UInt32 {
        descriptors.bit | names.bit | scheduler.bit | tracer.bit | console.bit | sockets.bit | interfaces.bit
            | virtualSockets.bit
    }

    /// Locks with which a device is made ready.
    private static var devices: UInt32 {
        console.bit | entropyDevice.bit | disks.bit | folders.bit
    }

    @inline(__always)
    var bit: UInt32 { 1 << UInt32(rawValue) }
}
