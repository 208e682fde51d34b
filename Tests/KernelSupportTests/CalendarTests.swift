import Foundation
import KernelSupport
import Testing

@Suite struct CalendarTests {
    private static let calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: "UTC")!
        return calendar
    }()

    @Test func daysAreFoundations() {
        // Every day from 1600 to 2400: both kinds of centuries.
        let start = DateComponents(
            calendar: Self.calendar, timeZone: Self.calendar.timeZone, year: 1600, month: 1, day: 1
        ).date!
        let first = Int(start.timeIntervalSince1970) / 86400
        for days in first..<first + 800 * 365 + 194 {
            let date = Date(timeIntervalSince1970: Double(days) * 86400)
            let parts = Self.calendar.dateComponents([.year, .month, .day], from: date)
            let civil = CivilDate(year: parts.year!, month: parts.month!, day: parts.day!)
            guard civil?.daysSince1970 == days else {
                Issue.record("\(parts): \(String(describing: civil?.daysSince1970)), not \(days)")
                return
            }
        }
    }

    @Test func someDaysThatAreKnown() {
        #expect(CivilDate(year: 1970, month: 1, day: 1)?.daysSince1970 == 0)
        #expect(CivilDate(year: 1969, month: 12, day: 31)?.daysSince1970 == -1)
        #expect(CivilDate(year: 2000, month: 3, day: 1)?.daysSince1970 == 11017)
        #expect(CivilDate(year: 2038, month: 1, day: 19)?.daysSince1970 == 24855)
    }

    @Test func datesThatAreNone() {
        for (year, month, day) in [
            (2023, 2, 29), (1900, 2, 29), (2100, 2, 29), (2024, 2, 30), (2024, 4, 31), (2024, 0, 1),
            (2024, 13, 1), (2024, 1, 0), (2024, 1, 32), (0, 1, 1), (10_000, 1, 1), (Int.min, 1, 1),
        ] {
            #expect(CivilDate(year: year, month: month, day: day) == nil)
        }
        #expect(CivilDate(year: 2000, month: 2, day: 29) != nil)
    }

    private func registers(
        _ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Int,
        binary: Bool, day24: Bool
    ) -> ClockRegisters {
        func encode(_ value: Int) -> UInt8 {
            UInt8(binary ? value : value / 10 * 16 + value % 10)
        }
        let hours =
            day24
            ? encode(hour)
            : encode(hour % 12 == 0 ? 12 : hour % 12) | (hour >= 12 ? 0x80 : 0)
        return ClockRegisters(
            seconds: encode(second), minutes: encode(minute), hours: hours, day: encode(day),
            month: encode(month), year: encode(year % 100), century: encode(year / 100),
            format: (binary ? 4 : 0) | (day24 ? 2 : 0))
    }

    @Test(arguments: [true, false], [true, false])
    func allFourFormats(binary: Bool, day24: Bool) {
        var generator = SeededGenerator(state: 5)
        for _ in 0..<5000 {
            let seconds = Int64.random(in: 0..<10_413_792_000, using: &generator)  // to 2299
            let date = Date(timeIntervalSince1970: Double(seconds))
            let parts = Self.calendar.dateComponents(
                [.year, .month, .day, .hour, .minute, .second], from: date)
            let registers = registers(
                parts.year!, parts.month!, parts.day!, parts.hour!, parts.minute!, parts.second!,
                binary: binary, day24: day24)
            #expect(registers.secondsSince1970 == seconds, "\(registers)")
        }
    }

    @Test func noonAndMidnightOfTheTwelveHourClock() {
        let midnight = registers(2024, 2, 29, 0, 5, 6, binary: false, day24: false)
        let noon = registers(2024, 2, 29, 12, 5, 6, binary: false, day24: false)
        #expect(midnight.hours == 0x12)
        #expect(noon.hours == 0x92)
        #expect(midnight.secondsSince1970 == 1_709_165_106)
        #expect(noon.secondsSince1970 == 1_709_208_306)
    }

    @Test func aCenturyThatIsNoneIsGuessed() {
        var registers = registers(2024, 1, 1, 0, 0, 0, binary: false, day24: true)
        for century: UInt8 in [0, 0xFF, 0x12, 0x99] {
            registers.century = century
            #expect(registers.secondsSince1970 == 1_704_067_200)
        }
        registers.century = 0
        registers.year = 0x70
        #expect(registers.secondsSince1970 == 0)
        registers.year = 0x69
        #expect(registers.secondsSince1970 == 3_124_224_000)
        // A century that is there is taken at its word, even before 1970.
        registers.century = 0x19
        #expect(registers.secondsSince1970 == nil)
    }

    @Test func registersThatAreNoTime() {
        let good = registers(2024, 6, 15, 13, 30, 45, binary: false, day24: true)
        #expect(good.secondsSince1970 != nil)
        for (path, value) in [
            (\ClockRegisters.seconds, 0x60), (\.seconds, 0x5A), (\.minutes, 0x60), (\.hours, 0x24),
            (\.hours, 0xFF), (\.day, 0), (\.day, 0x31), (\.month, 0), (\.month, 0x13),
            (\.year, 0xA0),
        ] as [(WritableKeyPath<ClockRegisters, UInt8>, UInt8)] {
            var bad = good
            bad[keyPath: path] = value
            #expect(bad.secondsSince1970 == nil, "\(bad)")
        }
        // A machine without the clock reads ones.
        let none = ClockRegisters(
            seconds: 255, minutes: 255, hours: 255, day: 255, month: 255, year: 255, century: 255,
            format: 255)
        #expect(none.secondsSince1970 == nil)
        var generator = SeededGenerator(state: 6)
        for _ in 0..<fuzzCases {
            let bytes = generator.next()
            func byte(_ i: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: bytes >> (8 * i)) }
            let any = ClockRegisters(
                seconds: byte(0), minutes: byte(1), hours: byte(2), day: byte(3), month: byte(4),
                year: byte(5), century: byte(6), format: byte(7))
            if let seconds = any.secondsSince1970 { #expect(seconds >= 0) }
        }
    }
}
