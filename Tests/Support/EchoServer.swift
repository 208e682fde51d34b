import Foundation

/// A server on the loopback that sends back what it gets: one connection, and datagrams, on the
/// same port. It ends when it is given up, or after a minute of silence.
package final class EchoServer: @unchecked Sendable {
    package let port: UInt16
    private let stream: Int32
    private let datagrams: Int32

    package struct Failure: Error { package let what: String }

    package init() throws {
        let (stream, port) = try Self.listen(SOCK_STREAM, port: 0)
        self.stream = stream
        self.port = port
        do { datagrams = try Self.listen(SOCK_DGRAM, port: port).0 } catch {
            close(stream)
            throw error
        }
        Foundation.listen(stream, 4)
        Thread.detachNewThread { [self] in serveStream() }
        Thread.detachNewThread { [self] in serveDatagrams() }
    }

    /// Ends both.
    package func stop() {
        shutdown(stream, Int32(SHUT_RDWR))
        shutdown(datagrams, Int32(SHUT_RDWR))
    }

    private static func listen(_ type: __socket_type, port: UInt16) throws -> (Int32, UInt16) {
        let fd = socket(AF_INET, Int32(type.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        unsafe setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { place in
            unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(fd, address, length) == 0 && getsockname(fd, address, &length) == 0
            }
        }
        guard fd >= 0, isBound else {
            close(fd)
            throw Failure(what: unsafe String(cString: strerror(errno)))
        }
        return (fd, UInt16(bigEndian: address.sin_port))
    }

    private func serveStream() {
        defer { close(stream) }
        let connection = accept(stream, nil, nil)
        guard connection >= 0 else { return }
        defer { close(connection) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe recv(connection, &bytes, bytes.count, 0)
            guard count > 0 else { break }
            var done = 0
            while done < count {
                let sent = unsafe bytes.withUnsafeBytes { bytes in
                    unsafe send(connection, bytes.baseAddress! + done, count - done, Int32(MSG_NOSIGNAL))
                }
                guard sent > 0 else { return }
                done += sent
            }
        }
        shutdown(connection, Int32(SHUT_WR))
    }

    private func serveDatagrams() {
        defer { close(datagrams) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            var from = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let isGoing = unsafe withUnsafeMutablePointer(to: &from) { place in
                unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Bool in
                    let count = unsafe recvfrom(datagrams, &bytes, bytes.count, 0, address, &length)
                    // A socket that was shut gives 0 without a sender.
                    guard count >= 0, length > 0 else { return false }
                    unsafe sendto(datagrams, bytes, count, 0, address, length)
                    return true
                }
            }
            guard isGoing else { return }
        }
    }
}
