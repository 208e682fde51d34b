import Foundation
import KernelNetwork
import KernelWire

// What the network stack costs for each segment of 64 bytes, on the host: time, and
// instructions where valgrind is installed.
//
//     swift run -c release network-benchmark [SEGMENTS]
//
// Received is from the frame to the socket's buffer: the frame's headers and checksums,
// the search for the socket, the connection, the copy of the text, the read, and the
// acknowledgment of every second one. Sent is from the socket's buffer to the frame, and
// the peer's acknowledgment of it. What it takes to make the peer's frames is measured
// alone and taken off. Sockets take turns, in steps that no cache foresees.

let arguments = CommandLine.arguments.dropFirst()
/// Segments of one measurement.
let segments = arguments.first.flatMap(Int.init) ?? 400_000
let counts = [1, 1000, 100_000]

if let name = ProcessInfo.processInfo.environment["NETWORK_BENCHMARK_PART"] {
    // Under valgrind: one measurement and nothing else.
    let parts = name.split(separator: " ")
    var traffic = Traffic(sockets: Int(parts[1])!)
    traffic.run(Traffic.Direction(rawValue: String(parts[0]))!, segments)
    exit(0)
}

/// The median of five measurements, in nanoseconds for each segment, without what the
/// peer takes.
func nanoseconds(_ direction: Traffic.Direction, without peer: Traffic.Direction, sockets: Int) -> Double {
    var traffic = Traffic(sockets: sockets)
    func time(_ direction: Traffic.Direction) -> Double {
        let start = clock()
        traffic.run(direction, segments)
        return Double(clock() - start) / Double(CLOCKS_PER_SEC) * 1e9 / Double(segments)
    }
    traffic.run(direction, segments / 4)
    return (0..<5).map { _ in time(direction) - time(peer) }.sorted()[2]
}

/// Instructions for each segment: what more segments cost more. `nil` without valgrind.
func instructions(_ direction: Traffic.Direction, without peer: Traffic.Direction, sockets: Int) -> Double? {
    func total(_ direction: Traffic.Direction, _ segments: Int) -> Double? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
            CommandLine.arguments[0], String(segments),
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["NETWORK_BENCHMARK_PART": "\(direction) \(sockets)"]) { $1 }
        let pipe = Pipe()
        process.standardError = pipe
        guard (try? process.run()) != nil else { return nil }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0,
            let line = text.split(separator: "\n").first(where: { $0.contains("Collected :") }),
            let number = line.split(separator: " ").last
        else { return nil }
        return Double(number)
    }
    func each(_ direction: Traffic.Direction) -> Double? {
        guard let few = total(direction, 20_000), let many = total(direction, 60_000) else { return nil }
        return (many - few) / 40_000
    }
    guard let all = each(direction), let share = each(peer) else { return nil }
    return all - share
}

func text(_ number: Double?) -> String { number.map { String(Int($0.rounded())) } ?? "-" }
func padded(_ text: String) -> String { String(repeating: " ", count: max(0, 10 - text.count)) + text }

print("a segment of 64 bytes, \(segments) in a measurement, median of 5")
print(padded("sockets") + padded("received") + padded("instr.") + padded("sent") + padded("instr."))
for sockets in counts {
    let (received, sent) = (
        nanoseconds(.received, without: .text, sockets: sockets),
        nanoseconds(.sent, without: .acknowledgment, sockets: sockets)
    )
    let row = [
        String(sockets), String(Int(received)) + " ns",
        text(instructions(.received, without: .text, sockets: sockets)), String(Int(sent)) + " ns",
        text(instructions(.sent, without: .acknowledgment, sockets: sockets)),
    ]
    print(row.map(padded).joined())
}
print(
    "\(MemoryLayout<TCP.Connection>.stride) bytes an idle connection, "
        + "\(MemoryLayout<SocketTable.Entry>.stride) of the table's entry, "
        + "\(MemoryLayout<TCP.HalfOpen>.stride) a half-open one")
