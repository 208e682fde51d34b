import KernelSupport

/// The files of a server that is asked by messages of FUSE, as a file system.
///
/// Whatever the server says is checked: a lie is `EIO`. What it says of a file is believed
/// for as long as it allows, and no longer than until something is changed here.
public final class FuseSystem<Channel: FuseChannel>: MountedSystem, @unchecked Sendable {
    let channel: Channel
    /// The channel's lock guards it.
    private var nodes: FuseNodes
    /// What was read ahead. The channel's lock guards it.
    var windows = FuseWindows()
    /// What is written later. Who has the channel alone has it.
    var gatherings = FuseGatherings()
    public let isReadOnly: Bool

    /// - Parameter mostIdle: Files that are known though nobody keeps them; a number of a
    ///   file stays good until so many others were asked for.
    public init(_ channel: Channel, isReadOnly: Bool, mostIdle: Int = 8192) {
        self.channel = channel
        self.isReadOnly = isReadOnly
        nodes = FuseNodes(mostIdle: mostIdle)
    }

    public var root: Inode { FuseNodes.root }

    // MARK: - The table

    /// Runs `body` with the files that are known, under the channel's lock.
    @discardableResult
    func withNodes<Value>(
        _ body: (inout FuseNodes) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let result = channel.withLock { () -> Result<Value, Errno> in
            do throws(Errno) {
                try nodes.start(channel.source)
                return .success(try body(&nodes))
            } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// The server's number of a file.
    ///
    /// - Throws: `ENOENT`.
    func identity(_ inode: Inode) throws(Errno) -> UInt64 {
        try withNodes { (nodes) throws(Errno) in
            nodes.touch(inode)
            return try nodes.node(inode).record.file.identity
        }
    }

    /// Runs `body`, which changes something at the server.
    ///
    /// - Parameter isNames: What is known of other files may be true no more.
    func changing<Value>(
        names isNames: Bool, _ body: () throws(Errno) -> Value
    ) throws(Errno) -> Value {
        guard !isReadOnly else { throw .readOnlyFileSystem }
        if isNames { settleAll() }
        try withNodes { (nodes) in nodes.change() }
        let value: Value
        do throws(Errno) {
            value = try body()
        } catch {
            try withNodes { (nodes) in nodes.changed(names: isNames) }
            throw error
        }
        try withNodes { (nodes) in nodes.changed(names: isNames) }
        return value
    }

    func moment() throws(Errno) -> FuseNodes.Moment { try withNodes { (nodes) in nodes.moment } }

    /// The file that a server has named.
    ///
    /// - Parameters:
    ///   - handle: It is open from now on, with this, for a purpose.
    ///   - moment: When it was asked.
    func take(
        _ entry: FuseEntry, asked moment: FuseNodes.Moment?, handle: (UInt64, OpenPurpose)? = nil
    ) throws(Errno) -> Inode {
        let expiry = channel.now &+ entry.validity
        let inode: Inode
        do throws(Errno) {
            inode = try withNodes { (nodes) throws(Errno) in
                let inode = try nodes.named(
                    entry.node, entry.attributes.kind, opens: handle != nil, channel.source)
                if let moment { nodes.learn(inode, entry.attributes, until: expiry, asked: moment) }
                if let (handle, purpose) = handle {
                    nodes.update(inode) { node in
                        if purpose == .writing { node.writing = handle } else { node.reading = handle }
                    }
                }
                return inode
            }
        } catch {
            // The server has counted it.
            if entry.node != FuseNodes.rootIdentity {
                forget(FuseForgotten(identity: entry.node, lookUps: 1))
            }
            throw error
        }
        trim()
        return inode
    }

    // MARK: - Forgetting

    private static var batch: Int { 64 }

    /// Tells the server what is known no more, where that is enough for a message.
    private func trim() {
        let isEnough = try? withNodes { (nodes) in nodes.idle >= nodes.mostIdle + Self.batch }
        if isEnough == true { forgetSome() }
    }

    @inline(never)
    private func forgetSome() {
        var list = InlineArray<64, FuseForgotten?>(repeating: nil)
        var count = 0
        _ = try? withNodes { (nodes) in
            while count < Self.batch, let forgotten = nodes.forget() {
                list[count] = forgotten
                count += 1
            }
        }
        guard count > 0 else { return }
        try? channel.withBuffer { (buffer) throws(Errno) in
            _ = try channel.begin(buffer, .batchForget, 0, answer: 0, isUnanswered: true) { arguments, bytes in
                arguments.add(UInt32(count), to: &bytes)
                arguments.add(UInt32(0), to: &bytes)
                for index in 0..<count {
                    guard let forgotten = list[index] else { continue }
                    arguments.add(forgotten.identity, to: &bytes)
                    arguments.add(forgotten.lookUps, to: &bytes)
                }
            }
        }
    }

    private func forget(_ forgotten: FuseForgotten) {
        try? channel.withBuffer { (buffer) throws(Errno) in
            _ = try channel.begin(buffer, .forget, forgotten.identity, answer: 0, isUnanswered: true) {
                arguments, bytes in
                arguments.add(forgotten.lookUps, to: &bytes)
            }
        }
    }

    // MARK: - Status

    public func status(of inode: Inode) throws(Errno) -> InodeStatus {
        try attributes(of: inode, mayBeOld: true).status(inode)
    }

    /// What the server says of a file.
    ///
    /// - Parameter mayBeOld: What it has said before will do, where it may be believed.
    func attributes(of inode: Inode, mayBeOld: Bool) throws(Errno) -> FuseAttributes {
        settle(inode)
        return try attributesAtServer(of: inode, mayBeOld: mayBeOld)
    }

    /// The same, whether or not it has all that was written.
    func attributesAtServer(of inode: Inode, mayBeOld: Bool) throws(Errno) -> FuseAttributes {
        let now = channel.now
        let (node, open, known, moment) = try withNodes { (nodes) throws(Errno) in
            nodes.touch(inode)
            let node = try nodes.node(inode)
            return (
                node.record.file.identity, node.record.file.anyHandle, nodes.attributes(of: node, now: now),
                nodes.moment
            )
        }
        if mayBeOld, let known { return known }
        let handle = inode.isDirectory ? nil : open
        let answer = try channel.call(
            .getAttributes, node, answer: FuseAttributesAnswer.size
        ) { arguments, bytes in
            arguments.add(UInt32(handle == nil ? 0 : 1), to: &bytes)
            arguments.add(UInt32(0), to: &bytes)
            arguments.add(handle ?? 0, to: &bytes)
        } _: { (bytes) throws(Errno) in try FuseAttributesAnswer(bytes) }
        // A file does not become another.
        guard answer.attributes.kind == inode.kind else { throw .inputOutputError }
        try withNodes { (nodes) in
            nodes.learn(inode, answer.attributes, until: channel.now &+ answer.validity, asked: moment)
        }
        return answer.attributes
    }

    public func status() throws(Errno) -> SystemStatus {
        var status = try channel.call(
            .systemStatus, FuseNodes.rootIdentity, answer: FuseSystemStatus.size
        ) { (bytes) throws(Errno) in try FuseSystemStatus.read(bytes) }
        status.isReadOnly = isReadOnly
        return status
    }

    /// Gives all memory back; nobody uses the file system any more.
    func removeAll() { channel.withLock { nodes.removeAll(channel.source) } }
}
