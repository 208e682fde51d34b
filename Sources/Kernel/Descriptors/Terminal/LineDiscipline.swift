import KernelSupport

/// What a terminal makes of the bytes that are typed before a program reads
/// them, and of those that it writes (POSIX.1-2017, 11).
///
/// Where input comes in lines, the last one can be edited until it ends; what
/// cannot be seen is echoed as Linux does. One caller at a time.
public struct LineDiscipline {
    public private(set) var settings = TerminalSettings()
    public var window = WindowSize()
    /// The output is stopped (IXON, tcflow).
    public private(set) var isStopped = false

    /// The bytes that were typed, and a bit for each that ends a line.
    private var bytes: SlotStorage<UInt8>
    private var ends: SlotStorage<UInt64>
    /// Where the next byte to read is, where the line begins that is edited, and
    /// where its next byte goes; they count on, and are places by their remainders.
    private var first = 0
    private var lineStart = 0
    private var next = 0
    /// Lines that have ended and were not read whole.
    private var lines = 0
    /// The terminal was asked to wait (IXOFF).
    private var isHeld = false
    /// The next byte is taken as it is (VLNEXT).
    private var isLiteral = false
    /// Where the output is, and where the line began that is edited.
    private var column = 0
    private var lineColumn = 0

    /// Bytes at most; the last place is a line's end's (MAX_CANON and 1).
    public static let capacity = 4096
    /// Words of bits.
    public static let endCount = capacity / 64
    /// With less room the terminal is asked to wait; with no more to read, to go on.
    private static let holdRoom = 128
    private static let bell: UInt8 = 7
    private static let newLine: UInt8 = 10
    private static let carriageReturn: UInt8 = 13
    private static let delete: UInt8 = 127

    /// - Parameters:
    ///   - bytes: Room for `capacity`.
    ///   - ends: Room for `endCount`.
    public init(_ bytes: SlotStorage<UInt8>, ends: SlotStorage<UInt64>) {
        self.bytes = bytes
        self.ends = ends
        self.bytes.grow(to: Self.capacity, filler: 0)
        self.ends.grow(to: Self.endCount, filler: 0)
    }

    private var readsLines: Bool { settings.modes.contains(.lines) }

    // MARK: - Storage

    private func isEnd(_ place: Int) -> Bool {
        ends[(place & (Self.capacity - 1)) >> 6] >> UInt64(place & 63) & 1 != 0
    }

    private func setEnd(_ place: Int, _ isEnd: Bool) {
        let word = (place & (Self.capacity - 1)) >> 6
        let bit = 1 << UInt64(place & 63) as UInt64
        ends[word] = isEnd ? ends[word] | bit : ends[word] & ~bit
    }

    private subscript(place: Int) -> UInt8 {
        get { bytes[place & (Self.capacity - 1)] }
        nonmutating set { bytes[place & (Self.capacity - 1)] = newValue }
    }

    private var count: Int { next - first }

    /// Places that a byte takes: what may be the start of a mark is doubled.
    private func size(of byte: UInt8) -> Int {
        byte == 0xFF && settings.input.contains(.marksErrors) ? 2 : 1
    }

    private mutating func store(_ byte: UInt8, isEnd: Bool) {
        if size(of: byte) == 2 { storeOne(byte, isEnd: false) }
        storeOne(byte, isEnd: isEnd)
    }

    private mutating func storeOne(_ byte: UInt8, isEnd: Bool) {
        self[next] = byte
        setEnd(next, isEnd)
        next += 1
        if isEnd {
            lines += 1
            lineStart = next
        } else if !readsLines {
            lineStart = next
        }
    }

    /// So many bytes may come: they find room, or are too much for one line.
    public func takes(_ number: Int) -> Bool {
        if count + number < Self.capacity { return true }
        // A line that has no end yet has to get one; what is too long is lost.
        return readsLines && lines == 0
    }

    // MARK: - Input

    /// What a byte has led to.
    public enum Outcome: Equatable, Sendable {
        case nothing
        /// There is more to read than before.
        case readable
        /// Stopped output goes on.
        case restarted
        case interrupt, quit, suspend
    }

    /// A byte was typed.
    ///
    /// - Parameter echo: Writes a byte to the terminal.
    public mutating func receive(_ typed: UInt8, echo: (UInt8) -> Void) -> Outcome {
        var byte = typed
        if settings.input.contains(.sevenBits) { byte &= 0x7F }
        if isLiteral {
            isLiteral = false
            return keep(byte, echo: echo)
        }
        var restarts = false
        if settings.input.contains(.flowControl) {
            if settings.is(byte, .start) { return setStopped(false) }
            if settings.is(byte, .stop) { return setStopped(true) }
            if isStopped && settings.input.contains(.anyRestarts) {
                restarts = setStopped(false) == .restarted
            }
        }
        if settings.modes.contains(.signals), let outcome = signal(byte, echo: echo) {
            return outcome
        }
        if byte == Self.carriageReturn {
            if settings.input.contains(.ignoresReturn) { return restarts ? .restarted : .nothing }
            if settings.input.contains(.returnToNewLine) { byte = Self.newLine }
        } else if byte == Self.newLine, settings.input.contains(.newLineToReturn) {
            byte = Self.carriageReturn
        }
        let outcome = readsLines ? edit(byte, echo: echo) : keep(byte, echo: echo)
        return restarts && outcome == .nothing ? .restarted : outcome
    }

    /// Stops the output, or lets it go on.
    public mutating func setStopped(_ isStopped: Bool) -> Outcome {
        let was = self.isStopped
        self.isStopped = isStopped
        return was && !isStopped ? .restarted : .nothing
    }

    private mutating func signal(_ byte: UInt8, echo: (UInt8) -> Void) -> Outcome? {
        let outcome: Outcome
        if settings.is(byte, .interrupt) {
            outcome = .interrupt
        } else if settings.is(byte, .quit) {
            outcome = .quit
        } else if settings.is(byte, .suspend) {
            outcome = .suspend
        } else {
            return nil
        }
        if !settings.modes.contains(.keepsInput) { discardInput() }
        isStopped = false
        if settings.modes.contains(.echo) { show(byte, echo) }
        return outcome
    }

    /// Takes a byte as it is.
    private mutating func keep(_ byte: UInt8, echo: (UInt8) -> Void) -> Outcome {
        guard count + size(of: byte) < Self.capacity else { return refuse(echo) }
        if settings.modes.contains(.echo) {
            noteLine()
            if byte == Self.newLine && !readsLines { write(byte, echo) } else { show(byte, echo) }
        }
        store(byte, isEnd: false)
        return readsLines ? .nothing : .readable
    }

    private mutating func refuse(_ echo: (UInt8) -> Void) -> Outcome {
        if settings.input.contains(.ringsWhenFull) { echo(Self.bell) }
        return .nothing
    }

    // MARK: - Editing

    private mutating func edit(_ byte: UInt8, echo: (UInt8) -> Void) -> Outcome {
        if settings.is(byte, .erase) {
            erase(echo)
            return .nothing
        }
        if settings.is(byte, .kill) {
            kill(echo)
            return .nothing
        }
        if settings.modes.contains(.extended) {
            if settings.is(byte, .eraseWord) {
                eraseWord(echo)
                return .nothing
            }
            if settings.is(byte, .literalNext) {
                isLiteral = true
                if settings.modes.contains([.echo, .echoControls]) {
                    write(UInt8(ascii: "^"), echo)
                    write(8, echo)
                }
                return .nothing
            }
            if settings.is(byte, .reprint), settings.modes.contains(.echo) {
                reprint(byte, echo)
                return .nothing
            }
        }
        if byte == Self.newLine {
            return end(byte, echo, isShown: settings.modes.contains(.echo) || settings.modes.contains(.echoNewLine))
        }
        if settings.is(byte, .end) {
            guard count < Self.capacity else { return refuse(echo) }
            // A zero that ends a line is no byte of it.
            store(0, isEnd: true)
            return .readable
        }
        if settings.is(byte, .endOfLine)
            || settings.modes.contains(.extended) && settings.is(byte, .otherEndOfLine)
        {
            return end(byte, echo, isShown: settings.modes.contains(.echo))
        }
        return keep(byte, echo: echo)
    }

    private mutating func end(_ byte: UInt8, _ echo: (UInt8) -> Void, isShown: Bool) -> Outcome {
        guard count + size(of: byte) <= Self.capacity else { return refuse(echo) }
        if isShown { byte == Self.newLine ? write(byte, echo) : show(byte, echo) }
        store(byte, isEnd: true)
        return .readable
    }

    /// The line that is edited begins on the screen where the output is.
    private mutating func noteLine() { if next == lineStart { lineColumn = column } }

    private func isContinuation(_ byte: UInt8) -> Bool {
        settings.input.contains(.unicode) && byte & 0xC0 == 0x80
    }

    /// Where the line's last character is; `nil`: it has none, or begins within one.
    private var lastCharacter: Int? {
        var place = next - 1
        while place > lineStart && isContinuation(self[place]) { place -= 1 }
        return place < lineStart || isContinuation(self[place]) ? nil : place
    }

    /// Takes the line's last character away.
    ///
    /// - Parameter isPart: More is erased than it, and so it disappears in any case.
    private mutating func erase(isPart: Bool = false, _ echo: (UInt8) -> Void) {
        let place = lastCharacter
        guard let place else { return }
        let byte = self[place]
        next = place
        guard settings.modes.contains(.echo) else { return }
        guard isPart || settings.modes.contains(.echoErases) else {
            show(settings[.erase], echo)
            return
        }
        if byte == 9 {
            // A tab goes back to where what is in front of it ends.
            for _ in 0..<8 - (lineEnd & 7) { write(8, echo) }
        } else {
            for _ in 0..<width(of: byte) {
                write(8, echo)
                write(UInt8(ascii: " "), echo)
                write(8, echo)
            }
        }
    }

    private func isControl(_ byte: UInt8) -> Bool { byte < 32 || byte == Self.delete }

    /// Columns that a byte's echo takes.
    private func width(of byte: UInt8) -> Int {
        if isControl(byte) { return settings.modes.contains(.echoControls) ? 2 : 0 }
        return isContinuation(byte) ? 0 : 1
    }

    /// The column behind the line, or how far that is from a tab in it.
    private var lineEnd: Int {
        var columns = 0
        var place = next
        while place > lineStart {
            place -= 1
            if self[place] == 9 { return columns }
            columns += width(of: self[place])
        }
        return lineColumn + columns
    }

    private mutating func kill(_ echo: (UInt8) -> Void) {
        guard next > lineStart else { return }
        let shows = settings.modes.contains(.echo)
        if shows && settings.modes.contains([.echoErases, .echoKillNewLine, .echoKillErases]) {
            while lastCharacter != nil { erase(isPart: true, echo) }
            return
        }
        next = lineStart
        guard shows else { return }
        show(settings[.kill], echo)
        if settings.modes.contains(.echoKillNewLine) { write(Self.newLine, echo) }
    }

    /// Takes the last word away, and what is between it and the end.
    private mutating func eraseWord(_ echo: (UInt8) -> Void) {
        func isWord(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
                true
            // Letters, as a byte or the first of several; not the signs among them.
            case 0xC0...0xFF: byte != 0xD7 && byte != 0xF7
            default: false
            }
        }
        var isInWord = false
        while let place = lastCharacter {
            if isWord(self[place]) {
                isInWord = true
            } else if isInWord {
                break
            }
            erase(isPart: true, echo)
        }
    }

    private mutating func reprint(_ byte: UInt8, _ echo: (UInt8) -> Void) {
        show(byte, echo)
        write(Self.newLine, echo)
        lineColumn = column
        for place in lineStart..<next { show(self[place], echo) }
    }

    /// Echoes a byte so that it can be seen.
    private mutating func show(_ byte: UInt8, _ echo: (UInt8) -> Void) {
        guard isControl(byte), byte != 9,
            settings.modes.contains(.echoControls)
        else { return write(byte, echo) }
        write(UInt8(ascii: "^"), echo)
        write(byte ^ 0x40, echo)
    }

    // MARK: - Output

    /// The program, or an echo, writes a byte to the terminal.
    ///
    /// - Parameter out: Gets what becomes of it.
    public mutating func write(_ byte: UInt8, _ out: (UInt8) -> Void) {
        guard settings.output.contains(.processes) else { return out(byte) }
        switch byte {
        case Self.newLine:
            if settings.output.contains(.newLineToReturnNewLine) {
                out(Self.carriageReturn)
                column = 0
            } else if settings.output.contains(.newLineReturns) {
                column = 0
            }
            out(byte)
        case Self.carriageReturn:
            if settings.output.contains(.noReturnAtStart), column == 0 { return }
            if settings.output.contains(.returnToNewLine) {
                if settings.output.contains(.newLineReturns) { column = 0 }
                return out(Self.newLine)
            }
            column = 0
            out(byte)
        default:
            switch byte {
            case 9: column = (column | 7) + 1
            case 8: column = max(column - 1, 0)
            default: if !isControl(byte), !isContinuation(byte) { column += 1 }
            }
            out(byte)
        }
    }

    // MARK: - Reading

    /// What a read does at this moment.
    public enum ReadState: Equatable, Sendable {
        /// It returns with what there is.
        case ready
        /// It waits for more, for so many tenths of a second from the last byte
        /// on; `nil`: for as long as it takes.
        case waits(tenths: UInt8?)
    }

    /// - Parameter wanted: Bytes that the read asks for, more than none.
    public func readState(wanted: Int) -> ReadState {
        if readsLines { return lines > 0 ? .ready : .waits(tenths: nil) }
        let (minimum, time) = (Int(settings[.minimum]), settings[.time])
        if minimum > 0 {
            if count >= min(minimum, wanted) { return .ready }
            return .waits(tenths: count > 0 && time > 0 ? time : nil)
        }
        return count > 0 || time == 0 ? .ready : .waits(tenths: time)
    }

    /// Bytes that a read finds; of lines those of the first, and its end.
    public var readable: Int {
        guard readsLines else { return count }
        guard lines > 0 else { return 0 }
        var place = first
        while !isEnd(place) { place += 1 }
        return place - first + (self[place] == 0 ? 0 : 1)
    }

    /// All bytes that reads find (FIONREAD).
    public var waiting: Int { readsLines ? lineStart - first : count }

    /// Whether `poll` says that there is something to read.
    public var isReadable: Bool {
        if readsLines { return lines > 0 }
        return count >= (settings[.time] == 0 ? max(Int(settings[.minimum]), 1) : 1)
    }

    /// A byte that a read finds.
    ///
    /// - Precondition: `offset` is in 0..<`readable`.
    public func byte(at offset: Int) -> UInt8 { self[first + offset] }

    /// So many bytes were read. A line's end goes with its last byte; where it has
    /// none, with a read that has found that.
    public mutating func consume(_ number: Int) {
        let isWhole = readsLines && lines > 0 && number == readable
        first += number
        guard isWhole else { return }
        // An end of input that was typed is no byte.
        if number == 0 || !isEnd(first - 1) { first += 1 }
        lines -= 1
    }

    // MARK: - Changes

    /// Asks the terminal to wait, or to go on, where it is time for that: after bytes
    /// were typed, read or forgotten, and after a change of the settings. A line that
    /// has no end yet is waited for.
    ///
    /// - Parameter out: Writes a byte to the terminal.
    public mutating func control(_ out: (UInt8) -> Void) {
        let isWanted = settings.input.contains(.holdsTerminal)
        if isHeld {
            guard !isWanted || count <= Self.holdRoom || readsLines && lines == 0 else { return }
            isHeld = false
            ask(.start, out)
        } else if isWanted, Self.capacity - count < Self.holdRoom, !readsLines || lines > 0 {
            isHeld = true
            ask(.stop, out)
        }
    }

    /// Asks the terminal to wait or to go on, by a character (tcflow).
    public func ask(_ character: TerminalCharacter, _ out: (UInt8) -> Void) {
        if settings[character] != 0 { out(settings[character]) }
    }

    /// Forgets what was typed (TCIFLUSH).
    public mutating func discardInput() {
        first = next
        lineStart = next
        lines = 0
        isLiteral = false
    }

    /// Sets the settings; whether there may be more to read now.
    public mutating func set(_ new: TerminalSettings) -> Bool {
        let didReadLines = readsLines
        settings = new
        if !new.input.contains(.flowControl) { isStopped = false }
        isLiteral = false
        guard didReadLines != readsLines else { return isReadable }
        lines = 0
        if readsLines {
            // What is there is a line.
            for place in first..<next { setEnd(place, place == next - 1) }
            if next > first { lines = 1 }
        }
        lineStart = next
        return isReadable
    }
}
