/// What the kernel knows of a task.
public struct Task: Sendable {
    public let identifier: TaskIdentifier
    public let name: StaticString
    /// Addresses of its thread control block, where its errno is.
    public let threadControlBlock: UInt64

    public init(identifier: TaskIdentifier, name: StaticString, threadControlBlock: UInt64) {
        self.identifier = identifier
        self.name = name
        self.threadControlBlock = threadControlBlock
    }
}
