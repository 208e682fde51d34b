/// How a terminal's input is changed (POSIX.1-2017, 11.2.2); Linux's numbers.
public struct TerminalInput: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// PARMRK: a byte of 255 is read as two, as it would begin the mark of a byte that
    /// was not received well. There are none of these, nor breaks.
    public static let marksErrors = Self(rawValue: 0o10)
    /// INLCR: a new-line becomes a return; IGNCR: returns are left out; ICRNL: a
    /// return becomes a new-line.
    public static let newLineToReturn = Self(rawValue: 0o100)
    public static let ignoresReturn = Self(rawValue: 0o200)
    public static let returnToNewLine = Self(rawValue: 0o400)
    /// ISTRIP: seven bits.
    public static let sevenBits = Self(rawValue: 0o40)
    /// IXON: characters stop the output and let it go on; IXANY: any does.
    public static let flowControl = Self(rawValue: 0o2000)
    public static let anyRestarts = Self(rawValue: 0o4000)
    /// IXOFF: the terminal is asked to wait before what is typed finds no room.
    public static let holdsTerminal = Self(rawValue: 0o10000)
    /// IMAXBEL: the bell rings for what finds no room.
    public static let ringsWhenFull = Self(rawValue: 0o20000)
    /// IUTF8: a character is several bytes where its first byte says so.
    public static let unicode = Self(rawValue: 0o40000)
}

/// How its output is changed (11.2.3).
public struct TerminalOutput: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// OPOST: what follows is done at all.
    public static let processes = Self(rawValue: 0o1)
    /// ONLCR: a return comes before a new-line.
    public static let newLineToReturnNewLine = Self(rawValue: 0o4)
    /// OCRNL: a return becomes a new-line.
    public static let returnToNewLine = Self(rawValue: 0o10)
    /// ONOCR: no return in the first column.
    public static let noReturnAtStart = Self(rawValue: 0o20)
    /// ONLRET: a new-line goes to the first column.
    public static let newLineReturns = Self(rawValue: 0o40)
}

/// What is done for the program (11.2.5).
public struct TerminalModes: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// ISIG: characters send signals.
    public static let signals = Self(rawValue: 0o1)
    /// ICANON: input comes in lines, which can be edited.
    public static let lines = Self(rawValue: 0o2)
    public static let echo = Self(rawValue: 0o10)
    /// ECHOE, ECHOKE: what is erased disappears; ECHOK: a new-line after a kill.
    public static let echoErases = Self(rawValue: 0o20)
    public static let echoKillNewLine = Self(rawValue: 0o40)
    public static let echoKillErases = Self(rawValue: 0o4000)
    /// ECHONL: new-lines are echoed though others are not.
    public static let echoNewLine = Self(rawValue: 0o100)
    /// ECHOCTL: control characters are echoed as `^X`.
    public static let echoControls = Self(rawValue: 0o1000)
    /// NOFLSH: a signal leaves what was typed.
    public static let keepsInput = Self(rawValue: 0o200)
    /// IEXTEN: erasing words, the next character as it is, writing the line again.
    public static let extended = Self(rawValue: 0o100000)
}

/// Characters with a meaning, by their places in `c_cc`.
public enum TerminalCharacter: Int, Sendable {
    case interrupt = 0
    case quit = 1
    case erase = 2
    case kill = 3
    case end = 4
    case time = 5
    case minimum = 6
    case start = 8
    case stop = 9
    case suspend = 10
    case endOfLine = 11
    case reprint = 12
    case eraseWord = 14
    case literalNext = 15
    case otherEndOfLine = 16
}

/// A terminal's settings: Linux's `struct termios`, 36 bytes.
public struct TerminalSettings: Sendable, BitwiseCopyable {
    public var input: TerminalInput = [
        .returnToNewLine, .flowControl, .ringsWhenFull, .unicode,
    ]
    public var output: TerminalOutput = [.processes, .newLineToReturnNewLine]
    /// 38400 baud, 8 bits, the receiver is on; none of it means anything here.
    public var control: UInt32 = 0o277
    public var modes: TerminalModes = [
        .signals, .lines, .echo, .echoErases, .echoKillNewLine, .echoControls, .echoKillErases,
        .extended,
    ]
    public var discipline: UInt8 = 0
    public var characters: InlineArray<19, UInt8> = [
        3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0,
    ]

    /// As a terminal starts.
    public init() {}

    public subscript(character: TerminalCharacter) -> UInt8 { characters[character.rawValue] }

    /// Whether a byte is that character; 0 (`_POSIX_VDISABLE`) is none.
    func `is`(_ byte: UInt8, _ character: TerminalCharacter) -> Bool {
        byte != 0 && self[character] == byte
    }
}

/// The size of a terminal's window: `struct winsize`.
public struct WindowSize: Equatable, Sendable, BitwiseCopyable {
    public var rows: UInt16 = 0
    public var columns: UInt16 = 0
    public var width: UInt16 = 0
    public var height: UInt16 = 0

    public init() {}

    public init(rows: UInt16, columns: UInt16) {
        self.rows = rows
        self.columns = columns
    }
}
