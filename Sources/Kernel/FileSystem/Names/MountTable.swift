import KernelSupport

/// What is mounted where, beside the file system in memory, which holds the root.
public struct MountTable: ~Copyable {
    struct Mount {
        let system: any MountedSystem
        /// The directory that it covers.
        let point: Node
    }

    public static var mostMounts: Int { 15 }

    private var mounts = InlineArray<15, Mount?>(repeating: nil)

    public init() {}

    private func index(_ number: SystemNumber) -> Int { Int(number.rawValue) - 1 }

    /// The file system of that number; `nil`: it is the one in memory, or no more.
    public func system(_ number: SystemNumber) -> (any MountedSystem)? {
        number == .ram ? nil : mounts[index(number)]?.system
    }

    /// The directory that a file system covers.
    func point(_ number: SystemNumber) -> Node? {
        number == .ram ? nil : mounts[index(number)]?.point
    }

    /// The root that is seen in place of a directory; `nil`: nothing is mounted there.
    func root(on point: Node) -> Node? {
        for index in 0..<Self.mostMounts {
            guard let mount = mounts[index], mount.point == point else { continue }
            return Node(mount.system.root, on: SystemNumber(rawValue: UInt8(index + 1)))
        }
        return nil
    }

    /// - Throws: `EBUSY`: something is mounted there; `ENOSPC`: too many are.
    mutating func add(_ system: any MountedSystem, on point: Node) throws(Errno) -> SystemNumber {
        guard root(on: point) == nil else { throw .resourceBusy }
        for index in 0..<Self.mostMounts where mounts[index] == nil {
            mounts[index] = Mount(system: system, point: point)
            return SystemNumber(rawValue: UInt8(index + 1))
        }
        throw .noSpace
    }

    /// Runs `body` with each.
    public func forEach(_ body: (any MountedSystem, Node) -> Void) {
        for index in 0..<Self.mostMounts {
            if let mount = mounts[index] { body(mount.system, mount.point) }
        }
    }
}
