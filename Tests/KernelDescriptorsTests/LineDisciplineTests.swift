import Glibc
import KernelDescriptors
import KernelSupport
import Testing

/// A terminal's lines: what is typed, what is shown, what is read.
@Suite struct LineDisciplineTests {
    /// A discipline with memory of its own, and what it shows.
    private final class Screen {
        var line: LineDiscipline
        var shown: [UInt8] = []
        private let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: LineDiscipline.capacity)
        private let ends = UnsafeMutablePointer<UInt64>.allocate(capacity: LineDiscipline.endCount)

        init(_ change: (inout TerminalSettings) -> Void = { _ in }) {
            line = LineDiscipline(
                SlotStorage(bytes, count: 0), ends: SlotStorage(ends, count: 0))
            var settings = line.settings
            change(&settings)
            _ = line.set(settings)
        }

        deinit {
            bytes.deallocate()
            ends.deallocate()
        }

        @discardableResult
        func type(_ text: some Sequence<UInt8>) -> [LineDiscipline.Outcome] {
            var outcomes: [LineDiscipline.Outcome] = []
            for byte in text {
                var shown: [UInt8] = []
                let outcome = line.receive(byte) { shown.append($0) }
                self.shown += shown
                if outcome != .nothing { outcomes.append(outcome) }
            }
            return outcomes
        }

        @discardableResult
        func type(_ text: String) -> [LineDiscipline.Outcome] { type(Array(text.utf8)) }

        /// What one read returns.
        func read(_ count: Int = 4096) -> [UInt8] {
            let number = min(count, line.readable)
            let read = (0..<number).map { line.byte(at: $0) }
            line.consume(number)
            return read
        }

        func text(_ count: Int = 4096) -> String { String(decoding: read(count), as: UTF8.self) }
    }

    @Test func aLineIsReadWhenItHasEnded() {
        let screen = Screen()
        #expect(screen.type("ab") == [])
        #expect(screen.line.readState(wanted: 10) == .waits(tenths: nil))
        #expect(screen.type("c\rnext\n") == [.readable, .readable])
        #expect(screen.text(2) == "ab")
        #expect(screen.text() == "c\n")
        #expect(screen.text() == "next\n")
        #expect(screen.line.readState(wanted: 10) == .waits(tenths: nil))
        #expect(String(decoding: screen.shown, as: UTF8.self) == "abc\r\nnext\r\n")
    }

    @Test func anEndOfInputEndsAReadAndIsNoByte() {
        let screen = Screen()
        screen.type("abc\u{4}\u{4}x\n")
        #expect(screen.text(3) == "abc")
        #expect(screen.line.isReadable)
        #expect(screen.text() == "")
        #expect(screen.text() == "x\n")
        #expect(!screen.line.isReadable)
    }

    @Test func rawInputIsReadAsItComes() {
        let screen = Screen {
            $0.modes = []
            $0.input = []
            $0.output = []
            $0.characters[TerminalCharacter.minimum.rawValue] = 3
        }
        screen.type([3, 4])
        #expect(screen.line.readState(wanted: 8) == .waits(tenths: nil))
        #expect(screen.line.readState(wanted: 2) == .ready)
        #expect(!screen.line.isReadable)
        screen.type([13])
        #expect(screen.line.isReadable)
        #expect(screen.read() == [3, 4, 13])
        #expect(screen.shown == [])
    }

    @Test func timesOfReads() {
        let screen = Screen {
            $0.modes = []
            $0.characters[TerminalCharacter.minimum.rawValue] = 0
            $0.characters[TerminalCharacter.time.rawValue] = 5
        }
        #expect(screen.line.readState(wanted: 8) == .waits(tenths: 5))
        screen.type("x")
        #expect(screen.line.readState(wanted: 8) == .ready)
        var settings = screen.line.settings
        settings.characters[TerminalCharacter.minimum.rawValue] = 2
        _ = screen.line.set(settings)
        #expect(screen.line.readState(wanted: 8) == .waits(tenths: 5))
        _ = screen.read()
        #expect(screen.line.readState(wanted: 8) == .waits(tenths: nil))
        settings.characters[TerminalCharacter.minimum.rawValue] = 0
        settings.characters[TerminalCharacter.time.rawValue] = 0
        _ = screen.line.set(settings)
        #expect(screen.line.readState(wanted: 8) == .ready)
    }

    @Test func charactersSendSignals() {
        let screen = Screen()
        #expect(screen.type("lost\u{3}") == [.interrupt])
        #expect(screen.type([28, 26]) == [.quit, .suspend])
        screen.type("kept\n")
        #expect(screen.text() == "kept\n")
    }

    @Test func outputStopsAndGoesOn() {
        let screen = Screen()
        #expect(screen.type([19]) == [])
        #expect(screen.line.isStopped)
        #expect(screen.type([17]) == [.restarted])
        #expect(!screen.line.isStopped)
    }

    /// POSIX.1-2017, 11.2.2, PARMRK: a byte of 255 that was received well is two.
    @Test func whatMayBeginAMarkIsDoubled() {
        let lines = Screen { $0.input.insert(.marksErrors) }
        lines.type([65, 0xFF, 66, 10])
        #expect(lines.shown == [65, 0xFF, 66, 13, 10])
        #expect(lines.read() == [65, 0xFF, 0xFF, 66, 10])
        let stripped = Screen { $0.input.formUnion([.marksErrors, .sevenBits]) }
        stripped.type([0xC1, 10])
        #expect(stripped.read() == [0x41, 10])
        let ended = Screen {
            $0.input.insert(.marksErrors)
            $0.characters[TerminalCharacter.endOfLine.rawValue] = 0xFF
        }
        #expect(ended.type([65, 0xFF]) == [.readable])
        #expect(ended.read() == [65, 0xFF, 0xFF])
        let raw = Screen {
            $0.input = .marksErrors
            $0.modes = []
        }
        raw.type([0xFF])
        #expect(raw.read() == [0xFF, 0xFF])
        // Both find room, or none.
        raw.type(Array(repeating: 0, count: 4094))
        #expect(raw.type([0xFF]) == [] && raw.line.waiting == 4094)
        #expect(raw.type([1]) == [.readable] && raw.line.waiting == 4095)
    }

    /// IXOFF: what the terminal is told before there is no room, and when there is.
    @Test func theTerminalIsAskedToWait() {
        let screen = Screen {
            $0.input = .holdsTerminal
            $0.modes = []
        }
        func told(_ screen: Screen) -> [UInt8] {
            var told: [UInt8] = []
            screen.line.control { told.append($0) }
            return told
        }
        screen.type(Array(repeating: 1, count: 3968))
        #expect(told(screen) == [])
        screen.type([1])
        #expect(told(screen) == [19])
        #expect(told(screen) == [])
        screen.line.consume(3840)
        #expect(told(screen) == [])
        screen.line.consume(1)
        #expect(told(screen) == [17])
        #expect(told(screen) == [])
        // Forgotten, and not wanted any more.
        screen.type(Array(repeating: 1, count: 3900))
        #expect(told(screen) == [19])
        screen.line.discardInput()
        #expect(told(screen) == [17])
        screen.type(Array(repeating: 1, count: 4000))
        #expect(told(screen) == [19])
        var settings = screen.line.settings
        settings.input = []
        _ = screen.line.set(settings)
        #expect(told(screen) == [17])
        // A line that has not ended is waited for.
        let lines = Screen { $0.input.insert(.holdsTerminal) }
        lines.type(Array(repeating: 65, count: 4090))
        #expect(told(lines) == [])
        lines.type("\n")
        #expect(told(lines) == [19])
        #expect(lines.read().count == 4091)
        #expect(told(lines) == [17])
        // Characters that are none are not sent.
        let silent = Screen {
            $0.input = .holdsTerminal
            $0.modes = []
            $0.characters[TerminalCharacter.stop.rawValue] = 0
        }
        silent.type(Array(repeating: 1, count: 4090))
        #expect(told(silent) == [])
        silent.line.consume(4000)
        #expect(told(silent) == [17])
    }

    @Test func aLineThatIsTooLongStillEnds() {
        let screen = Screen()
        screen.type(Array(repeating: UInt8(ascii: "x"), count: 5000))
        #expect(screen.line.takes(100))
        #expect(screen.type("\n") == [.readable])
        #expect(!screen.line.takes(100))
        #expect(screen.read(5000).count == 4096)
        #expect(screen.line.takes(100))
    }

    @Test func whatWasTypedInLinesIsReadRaw() {
        let screen = Screen()
        screen.type("a\nb")
        var settings = screen.line.settings
        settings.modes.remove(.lines)
        let hasRaw = screen.line.set(settings)
        #expect(hasRaw)
        #expect(screen.text() == "a\nb")
        screen.type("cd")
        settings.modes.insert(.lines)
        let hasLine = screen.line.set(settings)
        #expect(hasLine)
        #expect(screen.text() == "cd")
    }

    // MARK: - Beside Linux

    /// A terminal of the host's: what was typed at one end is read at the other.
    private struct HostTerminal {
        let master: Int32
        let slave: Int32

        init?(_ settings: TerminalSettings) {
            master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
            var (locked, number): (Int32, Int32) = (0, 0)
            // TIOCSPTLCK and TIOCGPTN.
            guard master >= 0, ioctl(master, 0x4004_5431, &locked) == 0,
                ioctl(master, 0x8004_5430, &number) == 0
            else { return nil }
            slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
            guard slave >= 0 else { return nil }
            var own = settings
            // TCSETS, with the kernel's own structure.
            guard ioctl(slave, 0x5402, &own) == 0 else { return nil }
        }

        /// Types bytes, and waits until `mark` is shown; all that was.
        func type(_ bytes: [UInt8], until mark: [UInt8]) -> [UInt8] {
            var sent = 0
            var shown: [UInt8] = []
            while sent < bytes.count || !(shown.count >= mark.count && Array(shown.suffix(mark.count)) == mark) {
                if sent < bytes.count {
                    sent += max(0, bytes[sent...].withUnsafeBytes { write(master, $0.baseAddress, $0.count) })
                }
                var wait = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
                guard poll(&wait, 1, 20_000) > 0 else { return shown }
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = read(master, &buffer, buffer.count)
                guard count > 0 else { return shown }
                shown += buffer[..<count]
            }
            return shown
        }

        func readLine() -> [UInt8] {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(slave, &buffer, buffer.count)
            return Array(buffer[..<max(count, 0)])
        }

        func end() {
            close(slave)
            close(master)
        }
    }

    /// Random input with random settings is shown and read as on the host's Linux.
    @Test func linesAreEditedAsOnLinux() throws {
        var random = Seeded(0x7E41)
        let keys: [UInt8] = [
            3, 4, 8, 9, 10, 13, 18, 21, 22, 23, 27, 32, 32, 65, 66, 95, 97, 98, 99, 127, 127, 1, 0xC3, 0xA4, 0xFF,
        ]
        let optional: [TerminalModes] = [
            .echoErases, .echoKillNewLine, .echoKillErases, .echoControls, .extended, .echoNewLine,
        ]
        for round in 0..<200 {
            var settings = TerminalSettings()
            settings.modes = [.lines, .echo, .signals, .keepsInput]
            for mode in optional where random.next() % 4 > 0 { settings.modes.insert(mode) }
            settings.input = random.next() % 2 == 0 ? [.returnToNewLine] : []
            if random.next() % 4 == 0 { settings.input.insert(.ignoresReturn) }
            if random.next() % 2 == 0 { settings.input.insert(.unicode) }
            if random.next() % 2 == 0 { settings.input.insert(.marksErrors) }
            settings.output = random.next() % 4 > 0 ? [.processes, .newLineToReturnNewLine] : []
            var typed = (0..<Int(random.next() % 60)).map { _ in keys[Int(random.next() % UInt64(keys.count))] }
            // Who does not process the output does not know its column either.
            if settings.output.isEmpty { typed = typed.map { $0 == 9 ? 32 : $0 } }
            // An incomplete character at a line's start is not erased alike everywhere.
            typed.append(32)
            typed += Array("~END~\n".utf8)
            guard let host = HostTerminal(settings) else {
                print("skipped: the host has no pseudo-terminals")
                return
            }
            defer { host.end() }
            let screen = Screen { $0 = settings }
            screen.type(typed)
            let newLine = settings.output.contains(.processes) ? "\r\n" : "\n"
            let shown = host.type(typed, until: Array(("~END~" + newLine).utf8))
            #expect(screen.shown == shown, "round \(round): \(typed), \(settings)")
            while screen.line.isReadable {
                let line = screen.read()
                #expect(line == host.readLine(), "round \(round): \(typed), \(settings)")
            }
            if screen.shown != shown { break }
        }
    }

    private struct Seeded {
        var state: UInt64

        init(_ seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }
}
