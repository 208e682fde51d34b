import Foundation

/// The context of a machine, by which the host's sockets of AF_VSOCK reach it (virtio 1.2, 5.10.4).
public struct VirtualContext: Equatable, Sendable {
    public let number: UInt32

    /// - Parameter text: A number that no other machine of the host's has.
    /// - Throws: `ToolError`: no machine has such a one.
    public init(_ text: String) throws {
        // 0 to 2 are the emulator, a machine itself and the host, and the last is any.
        guard let number = UInt32(text), number > 2, number < .max else {
            throw ToolError("--vsock: \"\(text)\" is no machine's context: it is a number from 3 to 4294967294")
        }
        self.number = number
    }

    static let hostDevice = "/dev/vhost-vsock"

    /// Whether the host can serve such a device.
    ///
    /// - Throws: `ToolError`: it can not.
    static func checkHost(_ path: String = hostDevice) throws {
        guard FileManager.default.fileExists(atPath: path) else {
            throw ToolError("--vsock: there is no \(path): the host's kernel module vhost_vsock is not loaded")
        }
        guard FileManager.default.isReadableFile(atPath: path), FileManager.default.isWritableFile(atPath: path) else {
            throw ToolError("--vsock: \(path) may not be read and written by this user")
        }
    }
}
