import KernelSupport
import NetworkSimulation
import Testing

@testable import KernelNetwork

/// A wheel's records, for as long as a test runs.
private func withWheel<Result>(
    _ capacity: Int, now: Instant = Instant(nanoseconds: 0), _ body: (inout TimerWheel) throws -> Result
) rethrows -> Result {
    let memory = UnsafeMutablePointer<TimerRecord>.allocate(capacity: capacity)
    defer { memory.deallocate() }
    let lists = UnsafeMutablePointer<UInt32>.allocate(capacity: TimerWheel.listCount)
    defer { lists.deallocate() }
    var wheel = TimerWheel(SlotStorage(memory, count: 0), lists: SlotStorage(lists, count: 0), now: now)
    wheel.grow(to: capacity)
    return try body(&wheel)
}

extension TimerWheel {
    /// All that expire until `now`, in their order.
    fileprivate mutating func expired(at nanoseconds: UInt64) -> [UInt32] {
        var list: [UInt32] = []
        while true {
            switch step(at: Instant(nanoseconds: nanoseconds), limit: .max) {
            case .expired(let timer): list.append(timer.number)
            case .unfinished: Issue.record("there was no limit")
            case .done: return list
            }
        }
    }
}

@Suite("Network: the timer wheel")
struct TimerWheelTests {
    static let tick: UInt64 = 1 << TimerWheel.tickBits

    @Test("A timer expires once, not before its time and within a tick of it", arguments: [
        0, 1, 65_536, 65_537, 1_000_000, 40_000_000, 200_000_000, 1_000_000_000, 7_200_000_000_000,
        31_557_600_000_000_000, 1 << 63,
    ] as [UInt64])
    func oneTimer(deadline: UInt64) {
        withWheel(1) { wheel in
            wheel.arm(TimerIndex(0), at: Instant(nanoseconds: deadline))
            #expect(wheel.isArmed(TimerIndex(0)) && wheel.armedCount == 1)
            var steps = 0
            if deadline > 0 { #expect(wheel.expired(at: deadline - 1) == []) }
            while let wake = wheel.nextWake, steps < 20 {
                #expect(wake.nanoseconds < deadline + Self.tick)
                steps += 1
                let expired = wheel.expired(at: wake.nanoseconds)
                #expect(expired.isEmpty || wake.nanoseconds >= deadline)
            }
            #expect(steps <= 8 && wheel.armedCount == 0 && !wheel.isArmed(TimerIndex(0)))
            #expect(wheel.expired(at: .max) == [])
        }
    }

    @Test("What is armed for the end of time does not come before")
    func never() {
        withWheel(1) { wheel in
            wheel.arm(TimerIndex(0), at: Instant(nanoseconds: .max))
            #expect(wheel.expired(at: .max - Self.tick) == [] && wheel.isArmed(TimerIndex(0)))
            wheel.cancel(TimerIndex(0))
            wheel.cancel(TimerIndex(0))
            #expect(wheel.nextWake == nil && wheel.armedCount == 0)
        }
    }

    @Test("A timer whose time has passed expires at once, and one that is put off does not")
    func passedAndPutOff() {
        withWheel(3, now: Instant(nanoseconds: 5_000_000_000)) { wheel in
            wheel.arm(TimerIndex(0), at: Instant(nanoseconds: 10))
            wheel.arm(TimerIndex(1), at: Instant(nanoseconds: 5_100_000_000))
            wheel.arm(TimerIndex(2), at: Instant(nanoseconds: 9_000_000_000))
            wheel.arm(TimerIndex(1), at: Instant(nanoseconds: 6_000_000_000))
            wheel.arm(TimerIndex(2), at: Instant(nanoseconds: 5_050_000_000))
            #expect(wheel.expired(at: 5_000_000_000) == [0])
            #expect(wheel.expired(at: 5_999_000_000) == [2])
            // A clock that goes back changes nothing.
            #expect(wheel.expired(at: 0) == [])
            #expect(wheel.expired(at: 6_001_000_000) == [1])
        }
    }

    @Test("Work is done in portions, and nothing is forgotten between them")
    func portions() {
        withWheel(1000) { wheel in
            // All in one list of a high level.
            for i in 0..<1000 as Range<UInt32> {
                wheel.arm(TimerIndex(i), at: Instant(nanoseconds: 60_000_000_000 + UInt64(i) * 1_000_000))
            }
            var (unfinished, expired) = (0, Set<UInt32>())
            loop: while true {
                switch wheel.step(at: Instant(nanoseconds: 60_500_000_000), limit: 10) {
                case .expired(let timer): expired.insert(timer.number)
                case .unfinished:
                    unfinished += 1
                    // Between portions timers come and go.
                    if unfinished == 3 {
                        #expect(wheel.nextWake! <= Instant(nanoseconds: 60_500_000_000))
                        wheel.cancel(TimerIndex(7))
                        wheel.cancel(TimerIndex(900))
                        wheel.arm(TimerIndex(800), at: Instant(nanoseconds: 1))
                    }
                case .done: break loop
                }
            }
            #expect(unfinished >= 100)
            #expect(expired == Set(0...500).subtracting([7]).union([800]) || expired == Set(0...499).subtracting([7]).union([800]))
        }
    }

    /// Against a list of deadlines, with clocks that go on in small and huge steps.
    @Test("A wheel does what a list of deadlines says")
    func model() {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let count = UInt32.random(in: 1...60, using: &random)
            var now = seed % 3 == 0 ? UInt64.random(in: 0...(.max >> 2), using: &random) : 0
            withWheel(Int(count), now: Instant(nanoseconds: now)) { wheel in
                var deadlines: [UInt32: UInt64] = [:]
                for _ in 0..<500 {
                    let timer = UInt32.random(in: 0..<count, using: &random)
                    switch Int.random(in: 0..<10, using: &random) {
                    case 0..<5:
                        let deadline = now + (.random(in: 0...(.max), using: &random) >> UInt64.random(in: 2..<64, using: &random))
                        wheel.arm(TimerIndex(timer), at: Instant(nanoseconds: deadline))
                        deadlines[timer] = deadline
                    case 5..<7:
                        wheel.cancel(TimerIndex(timer))
                        deadlines[timer] = nil
                    default:
                        if let wake = wheel.nextWake, Bool.random(using: &random) {
                            let earliest = deadlines.values.min()!
                            #expect(wake.nanoseconds < earliest + Self.tick, "seed \(seed)")
                            now = max(now, wake.nanoseconds)
                        } else {
                            let step: UInt64 = .random(in: 0...(.max), using: &random)
                            now = max(now, min(now + (step >> UInt64.random(in: 20..<64, using: &random)), .max >> 1))
                        }
                        for timer in wheel.expired(at: now) {
                            let deadline = deadlines.removeValue(forKey: timer)
                            #expect(deadline != nil && deadline! <= now, "seed \(seed)")
                        }
                        #expect(deadlines.values.allSatisfy { $0 + Self.tick > now }, "seed \(seed)")
                    }
                    #expect(wheel.armedCount == deadlines.count, "seed \(seed)")
                    #expect((wheel.nextWake == nil) == deadlines.isEmpty, "seed \(seed)")
                    #expect(wheel.isArmed(TimerIndex(timer)) == (deadlines[timer] != nil), "seed \(seed)")
                }
            }
        }
    }

    /// 100,000 connections that put their timers off with each segment.
    @Test("A timer that is put off moves rarely")
    func putOff() {
        withWheel(1000) { wheel in
            var (now, steps) = (0 as UInt64, 0)
            for round in 0..<1000 as Range<UInt64> {
                now = round * 1_000_000
                for i in 0..<1000 as Range<UInt32> {
                    wheel.arm(TimerIndex(i), at: Instant(nanoseconds: now + 200_000_000))
                }
                while wheel.step(at: Instant(nanoseconds: now), limit: 1) == .unfinished { steps += 1 }
            }
            #expect(wheel.armedCount == 1000)
            // A second of time: each moves about three times for each 200 ms at most.
            #expect(steps < 1000 * 20)
        }
    }
}
