// Sockets of the library `Hermit` over the loopback: addresses as texts, streams, datagrams,
// time-outs, and what errors say. What is not as it should be is printed.
import Hermit

func check(_ isRight: Bool, _ what: String) {
    if !isRight { print("wrong: \(what)") }
}

/// The error that `body` throws.
func error(_ body: () throws(SystemError) -> Void) -> SystemError? {
    do throws(SystemError) {
        try body()
        return nil
    } catch { return error }
}

func addresses() {
    for text in [
        "0.0.0.0", "127.0.0.1", "255.255.255.255", "::", "::1", "1::", "1:2:3:4:5:6:7:8", "2001:db8::1:0:0:1", "fe80::1%2",
        "::ffff:1.2.3.4", "1:0:0:2::3",
    ] { check(IPAddress(text)?.description == text, text) }
    for (text, other) in [("0:0:0:0:0:0:0:1", "::1"), ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"), ("64:ff9b::1.2.3.4", "64:ff9b::102:304")] {
        check(IPAddress(text)?.description == other, text)
    }
    for text in [
        "", "1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.", ":", ":::", "1:::2", "1::2::3", "1:2:3:4:5:6:7", "12345::",
        "1:2:3:4:5:6:7:8:9", "::1.2.3", "g::", "1:2:3:4:5:6:7::8", ":1", "1:", "fe80::1%", "fe80::1%x",
    ] { check(IPAddress(text) == nil, text) }
    check(IPAddress("::ffff:1.2.3.4")?.unmapped == .v4(0x0102_0304), "unmapped")
    check(SocketAddress(.loopbackV6, port: 80).description == "[::1]:80", "description")
}

func streams() throws(SystemError) {
    var listener = try TCPListener(.loopback(port: 0))
    let address = try listener.localAddress
    check(address.host == .loopbackV4 && address.port != 0, "the listener's address")
    try listener.setTimeout(.milliseconds(20))
    check(error { () throws(SystemError) in _ = try listener.accept() } == .timedOut, "accept's time")
    try listener.setTimeout(nil)
    var one = try TCPStream(to: address, timeout: .seconds(5))
    let other = try listener.accept()
    check(try one.peerAddress == address, "the other end")
    check(try other.peerAddress == one.localAddress, "the same from the other side")
    try one.setNoDelay(true)
    try one.writeAll("over there\n")
    try one.shutdownWriting()
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = try other.read(into: &buffer)
    check(String(decoding: buffer[..<count], as: UTF8.self) == "over there\n", "what was written")
    check(try other.read(into: &buffer) == 0, "the end")
    try one.setReadTimeout(.milliseconds(20))
    check(error { () throws(SystemError) in _ = try one.read(into: &buffer) } == .timedOut, "read's time")
    try one.setReadTimeout(nil)
    try one.setNonBlocking(true)
    check(error { () throws(SystemError) in _ = try one.read(into: &buffer) } == .wouldBlock, "no waiting")
    // Nobody reads: the buffers are full at some time.
    try one.setNonBlocking(false)
    var two = try TCPStream(to: address)
    try two.setWriteTimeout(.milliseconds(50))
    let much = [UInt8](repeating: 1, count: 8 << 20)
    check(error { () throws(SystemError) in try two.writeAll(much.span.bytes) } == .timedOut, "write's time")
}

func refusals() throws(SystemError) {
    let address: SocketAddress
    do {
        let listener = try TCPListener(.loopback(port: 0))
        address = try listener.localAddress
        check(error { () throws(SystemError) in _ = try TCPListener(address) } == .addressInUse, "in use")
    }
    check(error { () throws(SystemError) in _ = try TCPStream(to: address) } == .connectionRefused, "nobody")
    let elsewhere = SocketAddress(.v4(0x0a00_0001), port: 9)
    check(error { () throws(SystemError) in _ = try TCPStream(to: elsewhere) } == .networkUnreachable, "no network")
}

func datagrams() throws(SystemError) {
    var one = try UDPSocket(.loopback(port: 0))
    let other = try UDPSocket()
    let (here, there) = (try one.localAddress, try other.localAddress)
    check(there.host == .anyV6 && there.port != 0, "any address")
    var buffer = [UInt8](repeating: 0, count: 16)
    try one.send("a datagram that is long".utf8.span.bytes, to: .loopback(port: there.port))
    let (count, sender) = try other.receive(into: &buffer)
    check(count == 16 && sender.host.unmapped == .loopbackV4 && sender.port == here.port, "who has sent it")
    try other.send(buffer.span.extracting(first: 3).bytes, to: sender)
    check(try one.receive(into: &buffer).count == 3, "the answer")
    try one.setTimeout(.milliseconds(20))
    check(error { () throws(SystemError) in _ = try one.receive(into: &buffer) } == .timedOut, "receive's time")
    check(error { () throws(SystemError) in try one.send(buffer.span.bytes) } == .addressRequired, "no other end")
    try one.connect(to: .loopback(port: there.port))
    try one.send(buffer.span.bytes)
    check(try other.receive(into: &buffer).count == 16, "connected")
}

func readiness() throws(SystemError) {
    let one = try UDPSocket(.loopback(port: 0))
    let other = try UDPSocket(.loopback(port: 0))
    let set = try EventSet()
    try set.add(one.descriptor, for: .readable)
    check(error { () throws(SystemError) in try set.add(one.descriptor, for: .readable) } == .fileExists, "twice")
    var entries = [PollEntry(one.descriptor, for: .readable), PollEntry(other.descriptor, for: [.readable, .writable])]
    check(try poll(&entries, timeout: .zero) == 1 && entries[0].ready == [] && entries[1].ready == .writable, "poll")
    check(try set.wait(timeout: .milliseconds(5)).isEmpty, "nothing")
    try other.send("x".utf8.span.bytes, to: try one.localAddress)
    check(try poll(&entries) == 2 && entries[0].ready == .readable, "something")
    let events = try set.wait()
    check(events.count == 1 && events[0].descriptor == one.descriptor && events[0].ready == .readable, "an event")
    try set.remove(one.descriptor)
    check(try set.wait(timeout: .zero).isEmpty, "removed")
}

func names() throws(NameError) {
    check(try resolve("localhost", port: 7) == [SocketAddress(.loopbackV6, port: 7), .loopback(port: 7)], "localhost")
    check(try resolve("10.0.0.1", service: "http") == [SocketAddress(.v4(0x0a00_0001), port: 80)], "a service")
    for (name, service, expected) in [
        ("nobody.invalid", "0", NameError.noSuchHost), ("localhost", "no-such", .noSuchService), ("www.example.com", "0", .serversKeepSilent),
    ] {
        do throws(NameError) {
            _ = try resolve(name, service: service)
            check(false, name)
        } catch {
            check(error == expected, "\(name): \(error)")
        }
    }
}

addresses()
do throws(SystemError) {
    try streams()
    try refusals()
    try datagrams()
    try readiness()
} catch { print("wrong: \(error)") }
do throws(NameError) { try names() } catch { print("wrong: \(error)") }
print("done")
