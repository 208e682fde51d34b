// Each datagram goes back to who has sent it:
//
//   hermit run --forward 7007:7/udp examples-swift/udp_echo
//   nc -u 127.0.0.1 7007
//
// The first argument is the port. With a second one it ends after so many datagrams.
import Hermit

func main() throws(SystemError) {
    let words = CommandLine.arguments
    let socket = try UDPSocket(.any(port: words.count > 1 ? UInt16(words[1]) ?? 7 : 7))
    let most = words.count > 2 ? Int(words[2]) ?? 0 : 0
    print("listening on port \(try socket.localAddress.port)")
    var buffer = [UInt8](repeating: 0, count: 65536)
    var (count, bytes) = (0, 0)
    while most == 0 || count < most {
        let (length, sender) = try socket.receive(into: &buffer)
        try socket.send(buffer.span.extracting(first: length).bytes, to: sender)
        count += 1
        bytes += length
    }
    print("\(count) datagrams, \(bytes) bytes")
}

do throws(SystemError) { try main() } catch {
    print("udp_echo: \(error)")
    exit(1)
}
