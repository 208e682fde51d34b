// The time of day, and how long something takes.
import Hermit

/// The prime numbers below `limit`.
func primes(below limit: Int) -> Int {
    var isPrime = [Bool](repeating: true, count: limit)
    var count = 0
    for number in 2..<limit where isPrime[number] {
        count += 1
        for multiple in stride(from: number * number, to: limit, by: number) {
            isPrime[multiple] = false
        }
    }
    return count
}

func run() {
    let clock = MonotonicClock()
    let start = clock.now
    var count = 0
    let elapsed = clock.measure { count = primes(below: 1_000_000) }
    print("primes below a million:", count)
    print("microseconds:", elapsed / .microseconds(1))
    let end = clock.now
    print("in order:", start < end && start + elapsed <= end && elapsed > .zero)

    let now = WallClock.Instant.now
    let days = now.since1970.components.seconds / 86400
    print("seconds since 1970:", now.since1970.components.seconds)
    print("days since 1970:", days)
    print("in order:", now <= .now)
}

run()
