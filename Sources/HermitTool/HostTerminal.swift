import Glibc
import KernelSupport

/// The terminal that standard input is, where it is one. Its settings are changed
/// for the guest and are again what they were when this goes.
public final class HostTerminal {
    /// The size of a terminal's window.
    public struct Window: Equatable, Sendable {
        public var rows: UInt16
        public var columns: UInt16

        public init(rows: UInt16, columns: UInt16) {
            self.rows = rows
            self.columns = columns
        }
    }

    /// The character that ends the guest where all others are passed to it: Ctrl-].
    static let escape: UInt8 = 0x1D

    private var before: termios? = nil

    init() {}

    deinit { restore() }

    /// Which of the standard streams are terminals.
    static var streams: [Int32] { (0...2).filter { isatty($0) == 1 } }

    /// The window's size; `nil`: there is none.
    static var window: Window? {
        var size = winsize()
        for stream in streams where unsafe ioctl(stream, UInt(TIOCGWINSZ), &size) == 0 {
            return Window(rows: size.ws_row, columns: size.ws_col)
        }
        return nil
    }

    /// Every byte comes as it is typed, and is not echoed.
    var isRaw: Bool { before != nil }

    func setRaw(_ isRaw: Bool) {
        guard isRaw else { return restore() }
        guard !self.isRaw, isatty(0) == 1 else { return }
        var settings = termios()
        guard unsafe tcgetattr(0, &settings) == 0 else { return }
        before = settings
        unsafe cfmakeraw(&settings)
        _ = unsafe tcsetattr(0, TCSADRAIN, &settings)
    }

    func restore() {
        guard var settings = before else { return }
        _ = unsafe tcsetattr(0, TCSADRAIN, &settings)
        before = nil
    }

    /// An event's bytes: a signal's number, or 0, and the window's size.
    static func event(_ signal: Int32) -> [UInt8] {
        let window = window ?? Window(rows: 0, columns: 0)
        return [
            UInt8(truncatingIfNeeded: signal),
            UInt8(truncatingIfNeeded: window.rows), UInt8(truncatingIfNeeded: window.rows >> 8),
            UInt8(truncatingIfNeeded: window.columns), UInt8(truncatingIfNeeded: window.columns >> 8),
        ]
    }
}
