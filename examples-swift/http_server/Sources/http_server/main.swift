// A server of HTTP/1.1 with a thread for each connection:
//
//   hermit run --forward 8080:8080 examples-swift/http_server
//   curl http://127.0.0.1:8080/
//
// The first argument is the port. With a second one it ends after so many requests.
import Hermit
import Synchronization

/// A request's head: what is wanted, and whether the connection goes on.
struct Request {
    let method: String
    let path: String
    let goesOn: Bool

    /// `nil`: it is none.
    init?(_ head: ArraySlice<UInt8>) {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        guard let words = lines.first?.split(separator: " "), words.count == 3, words[2].hasPrefix("HTTP/1.") else {
            return nil
        }
        (method, path) = (String(words[0]), String(words[1]))
        goesOn = words[2] == "HTTP/1.1" && !lines.contains { $0.lowercased() == "connection: close" }
    }

    var answer: String {
        let body = "Hello from a unikernel: \(method) \(path)\n"
        return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: \(body.utf8.count)\r\n"
            + "Connection: \(goesOn ? "keep-alive" : "close")\r\n\r\n" + (method == "HEAD" ? "" : body)
    }
}

/// Where a request's head ends, behind its empty line; `nil`: not all of it has come.
func endOfHead(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    let line: [UInt8] = [13, 10, 13, 10]
    for start in 0...bytes.count - 4 where bytes[start..<start + 4].elementsEqual(line) { return start + 4 }
    return nil
}

struct Server: ~Copyable, Sendable {
    static let longestHead = 8192
    private let requests = Atomic<Int>(0)
    /// Requests after which it ends; 0: never.
    let most: Int

    init(most: Int) { self.most = most }

    /// Answers requests until the connection is over.
    func serve(_ stream: borrowing TCPStream) throws(SystemError) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var bytes: [UInt8] = []
        while true {
            guard let end = endOfHead(bytes) else {
                let count = try stream.read(into: &buffer)
                guard count > 0, bytes.count < Self.longestHead else { return }
                bytes += buffer[..<count]
                continue
            }
            guard let request = Request(bytes[..<end]) else {
                return try stream.writeAll(
                    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            }
            try stream.writeAll(request.answer)
            bytes.removeFirst(end)
            let done = requests.add(1, ordering: .relaxed).newValue
            if most > 0, done >= most {
                try stream.shutdownWriting()
                print("\(done) requests")
                exit(0)
            }
            if !request.goesOn { return }
        }
    }
}

func main() throws(SystemError) {
    let words = CommandLine.arguments
    let port = words.count > 1 ? UInt16(words[1]) ?? 8080 : 8080
    let server = Shared(Server(most: words.count > 2 ? Int(words[2]) ?? 0 : 0))
    let listener = try TCPListener(.any(port: port), backlog: 1024)
    print("listening on port \(port)")
    while true {
        let stream = try listener.accept()
        do throws(SystemError) {
            let connection = Shared(stream)
            _ = try Thread.spawn {
                do throws(SystemError) { try server.value.serve(connection.value) } catch {
                    print("a connection: \(error)")
                }
            }
        } catch {
            print("no thread: \(error)")
        }
    }
}

/// What several threads use, or one that it is handed to.
final class Shared<Value: ~Copyable & Sendable>: Sendable {
    let value: Value

    init(_ value: consuming Value) { self.value = value }
}

do throws(SystemError) { try main() } catch {
    print("http_server: \(error)")
    exit(1)
}
