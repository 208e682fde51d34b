/// The registers of a PC's real-time clock (MC146818A), as they were read.
public struct ClockRegisters: Equatable, Sendable {
    public var seconds: UInt8
    public var minutes: UInt8
    public var hours: UInt8
    public var day: UInt8
    public var month: UInt8
    public var year: UInt8
    /// The register that PCs keep the century in, and QEMU too (0x32).
    public var century: UInt8
    /// Register B: what format the others have.
    public var format: UInt8

    public init(
        seconds: UInt8, minutes: UInt8, hours: UInt8, day: UInt8, month: UInt8, year: UInt8,
        century: UInt8, format: UInt8
    ) {
        self.seconds = seconds
        self.minutes = minutes
        self.hours = hours
        self.day = day
        self.month = month
        self.year = year
        self.century = century
        self.format = format
    }

    private static let isBinary: UInt8 = 1 << 2
    private static let has24Hours: UInt8 = 1 << 1
    private static let isAfternoon: UInt8 = 1 << 7

    /// The register's number; `nil` for a decimal digit above 9.
    private func number(_ register: UInt8) -> Int? {
        if format & Self.isBinary != 0 { return Int(register) }
        guard register & 0xF < 10, register >> 4 < 10 else { return nil }
        return Int(register >> 4) * 10 + Int(register & 0xF)
    }

    /// The hour from 0 to 23.
    private var hour: Int? {
        if format & Self.has24Hours != 0 {
            guard let hour = number(hours), hour < 24 else { return nil }
            return hour
        }
        // 12, 1, 2 ... 11, twice.
        guard let hour = number(hours & ~Self.isAfternoon), 1...12 ~= hour else { return nil }
        return hour % 12 + (hours & Self.isAfternoon != 0 ? 12 : 0)
    }

    /// The year. Where the century's register holds none, it is the one that
    /// makes the year 1970 to 2069.
    private var fullYear: Int? {
        guard let year = number(self.year), year < 100 else { return nil }
        if let century = number(century), 19...22 ~= century { return century * 100 + year }
        return year < 70 ? 2000 + year : 1900 + year
    }

    /// Seconds since 1970-01-01 00:00:00, in the clock's own time zone; `nil`
    /// where the registers are no time from then on.
    public var secondsSince1970: Int64? {
        guard let seconds = number(self.seconds), seconds < 60,
            let minutes = number(self.minutes), minutes < 60,
            let hour, let year = fullYear, year >= 1970,
            let month = number(self.month), let day = number(self.day),
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        return Int64(((date.daysSince1970 * 24 + hour) * 60 + minutes) * 60 + seconds)
    }
}
