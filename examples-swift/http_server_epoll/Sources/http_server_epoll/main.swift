// A server of HTTP/1.1 in one thread, which waits with an `EventSet`: connections that nothing
// comes from cost no time, and there may be thousands:
//
//   hermit run --forward 8080:8080 examples-swift/http_server_epoll
//   curl http://127.0.0.1:8080/
//
// The first argument is the port. With a second one it ends after so many requests.
import Hermit

/// A connection: what has come of a request, and what has to go of answers.
struct Client: ~Copyable {
    static let longestHead = 8192
    let stream: TCPStream
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    private var goesOn = true
    /// Requests that were answered.
    private(set) var answered = 0

    init(_ stream: consuming TCPStream) { self.stream = stream }

    /// An answer waits for room: the other end has to read.
    var isWriting: Bool { !output.isEmpty }

    /// Reads, answers and writes until nothing more can be done.
    ///
    /// - Returns: Whether the connection goes on.
    mutating func serve(_ buffer: inout [UInt8]) -> Bool {
        do throws(SystemError) {
            while true {
                while !output.isEmpty { output.removeFirst(try stream.write(output.span.bytes)) }
                if !goesOn { return false }
                // Several requests may have come at once.
                while goesOn, let end = endOfHead(input) { answer(end) }
                if !output.isEmpty { continue }
                let count = try stream.read(into: &buffer)
                guard count > 0, input.count < Self.longestHead else { return false }
                input += buffer[..<count]
            }
        } catch {
            return error == .wouldBlock
        }
    }

    private mutating func answer(_ end: Int) {
        let lines = String(decoding: input[..<end], as: UTF8.self).split(separator: "\r\n")
        input.removeFirst(end)
        answered += 1
        guard let words = lines.first?.split(separator: " "), words.count == 3, words[2].hasPrefix("HTTP/1.") else {
            goesOn = false
            output += Array("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
            return
        }
        goesOn = words[2] == "HTTP/1.1" && !lines.contains { $0.lowercased() == "connection: close" }
        let body = "Hello from a unikernel: \(words[0]) \(words[1])\n"
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: \(body.utf8.count)\r\n"
            + "Connection: \(goesOn ? "keep-alive" : "close")\r\n\r\n"
        output += Array((words[0] == "HEAD" ? head : head + body).utf8)
    }
}

/// Where a request's head ends, behind its empty line; `nil`: not all of it has come.
func endOfHead(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    let line: [UInt8] = [13, 10, 13, 10]
    for start in 0...bytes.count - 4 where bytes[start..<start + 4].elementsEqual(line) { return start + 4 }
    return nil
}

/// A place for a connection in an array.
final class Connection {
    var client: Client

    init(_ stream: consuming TCPStream) { client = Client(stream) }
}

func main() throws(SystemError) {
    let words = CommandLine.arguments
    let port = words.count > 1 ? UInt16(words[1]) ?? 8080 : 8080
    let most = words.count > 2 ? Int(words[2]) ?? 0 : 0
    // As many descriptors as there may be.
    try FileDescriptor.setLimit(FileDescriptor.greatestLimit)
    let listener = try TCPListener(.any(port: port), backlog: 1024)
    try listener.setNonBlocking(true)
    let set = try EventSet()
    try set.add(listener.descriptor, for: .readable)
    print("listening on port \(port)")
    var buffer = [UInt8](repeating: 0, count: 4096)
    var connections: [Int32: Connection] = [:]
    var requests = 0
    while most == 0 || requests < most {
        for event in try set.wait() {
            if event.descriptor == listener.descriptor {
                accept(listener, set, &connections)
            } else if let connection = connections[event.descriptor.rawValue] {
                // All that can be done is done: the next event is a change.
                let before = connection.client.answered
                let goesOn = connection.client.serve(&buffer)
                requests += connection.client.answered - before
                if !goesOn { connections[event.descriptor.rawValue] = nil }
            }
        }
    }
    print("\(requests) requests")
}

/// Takes all connections that wait.
func accept(_ listener: borrowing TCPListener, _ set: borrowing EventSet, _ connections: inout [Int32: Connection]) {
    while true {
        do throws(SystemError) {
            let connection = Connection(try listener.accept(isNonBlocking: true))
            let descriptor = connection.client.stream.descriptor
            try set.add(descriptor, for: [.readable, .writable], trigger: .edge)
            connections[descriptor.rawValue] = connection
        } catch {
            return
        }
    }
}

do throws(SystemError) { try main() } catch {
    print("http_server_epoll: \(error)")
    exit(1)
}
