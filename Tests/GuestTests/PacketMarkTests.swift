import Foundation
import TestSupport
import Testing

/// What the headers of packets say that a program has set (ip(7): IP_TTL, IP_TOS).
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct PacketMarkTests {
    /// A server whose listener has both set; what it accepts has them, too.
    private static let server = """
        #include <netinet/in.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/socket.h>
        #include <unistd.h>

        int main(void)
        {
            struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(8080)};
            static const char answer[] = "HTTP/1.0 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\nhere";
            int fd = socket(AF_INET, SOCK_STREAM, 0), ttl = 33, tos = 0x28, other;
            char request[4096];

            if (setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl)) return 1;
            if (setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos)) return 2;
            if (bind(fd, (struct sockaddr *)&here, sizeof here) || listen(fd, 5)) return 3;
            if ((other = accept(fd, NULL, NULL)) < 0 || read(other, request, sizeof request) <= 0) return 4;
            if (write(other, answer, strlen(answer)) < 0 || close(other) || close(fd)) return 5;
            puts("done");
            return 0;
        }

        """

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl"), "curl is not installed"))
    func aListenersAnswersHaveThem() async throws {
        let folder = try TemporaryFolder()
        let (capture, source) = (folder.path + "/frames.pcap", try folder.write("server.c", Self.server))
        try await Hermit.inOneTurn(building: source) {
            let (port, closed) = (try #require(Tools.freePort()), try #require(Tools.freePort()))
            async let guest = Hermit.run([
                "run", "--timeout", "200", "--pcap", capture, "--forward", "\(port):8080", "--forward",
                "\(closed):8081", source,
            ])
            try await Tools.waitUntilListened(closed)
            // Nobody listens there: the guest resets it, as soon as it has an address.
            let refused = try await Hermit.command(
                "/usr/bin/curl",
                ["-s", "-o", "/dev/null", "-w", "%{size_download}", "--max-time", "100", "http://127.0.0.1:\(closed)/"])
            #expect(refused.text == "0")
            let answer = try await Hermit.command(
                "/usr/bin/curl",
                [
                    "-s", "--retry", "100", "--retry-all-errors", "--retry-delay", "1", "--max-time", "100",
                    "http://127.0.0.1:\(port)/",
                ])
            #expect(answer.text == "here")
            let result = try await guest
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text == "done\n")
        }
        // IPv4 without options, TCP: from which port, which flags (RFC 791, 3.1; RFC 9293, 3.1).
        let packets = try CapturedFrames.read(capture).filter {
            $0.count >= 54 && $0[12] == 8 && $0[13] == 0 && $0[14] == 0x45 && $0[23] == 6
        }
        func sent(from port: Int, flags: UInt8) -> [[UInt8]] {
            packets.filter { Int($0[34]) << 8 | Int($0[35]) == port && $0[47] & 0x16 == flags }
        }
        for (packets, marks) in [
            (sent(from: 8080, flags: 0x12), [0x28, 33]), (sent(from: 8080, flags: 0x10), [0x28, 33]),
            (sent(from: 8081, flags: 0x14), [0, 64]),
        ] {
            #expect(!packets.isEmpty)
            #expect(packets.map { [$0[15], $0[22]] } == packets.map { _ in marks.map(UInt8.init) })
        }
    }
}
