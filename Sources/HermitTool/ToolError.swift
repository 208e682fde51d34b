/// A fault with the line that tells the user, and the status to end with.
public struct ToolError: Error, CustomStringConvertible, Equatable {
    public let description: String
    public let status: Int32

    public init(_ description: String, status: Int32 = 1) {
        self.description = description
        self.status = status
    }
}
