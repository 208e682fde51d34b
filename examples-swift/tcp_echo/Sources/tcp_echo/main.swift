// What comes by a connection goes back by it; a thread for each connection:
//
//   hermit run --forward 7007:7 examples-swift/tcp_echo
//   nc 127.0.0.1 7007
//
// The first argument is the port. With a second one it ends after so many connections.
import Hermit

/// Returns how many bytes have come.
func echo(_ stream: borrowing TCPStream) throws(SystemError) -> Int {
    var buffer = [UInt8](repeating: 0, count: 16384)
    var total = 0
    while true {
        let count = try stream.read(into: &buffer)
        if count == 0 { return total }
        try stream.writeAll(buffer.span.extracting(first: count).bytes)
        total += count
    }
}

/// A connection that is handed to a thread.
final class Connection: Sendable {
    let stream: TCPStream

    init(_ stream: consuming TCPStream) { self.stream = stream }
}

func main() throws(SystemError) {
    let words = CommandLine.arguments
    let listener = try TCPListener(.any(port: words.count > 1 ? UInt16(words[1]) ?? 7 : 7))
    let most = words.count > 2 ? Int(words[2]) ?? 0 : 0
    print("listening on port \(try listener.localAddress.port)")
    var taken = 0
    while most == 0 || taken < most {
        let connection = Connection(try listener.accept())
        taken += 1
        let peer = try connection.stream.peerAddress
        let thread = try Thread.spawn { () -> Int in
            do throws(SystemError) { return try echo(connection.stream) } catch {
                print("a connection: \(error)")
                return 0
            }
        }
        if most > 0 { print("\(try thread.join()) bytes from \(peer.host)") }
    }
}

do throws(SystemError) { try main() } catch {
    print("tcp_echo: \(error)")
    exit(1)
}
