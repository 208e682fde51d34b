import Hermit

/// Arrays, dictionaries and sets, printed in an order that does not depend on hashing.
func run() {
    let numbers = (1...10).map { $0 * $0 }
    print("squares:", numbers.count, numbers.reduce(0, +))
    print("even:", numbers.filter { $0 % 2 == 0 }.map { "\($0)" }.joined(separator: " "))

    var ages = ["Ada": 36, "Grace": 85, "Alan": 41]
    ages["Edsger"] = 72
    ages["Alan"] = nil
    for name in ages.keys.sorted() {
        print(name, ages[name]!)
    }

    let letters = Set("unikernel".utf8)
    print("different letters:", letters.count)

    var large: [Int: Int] = [:]
    for i in 0..<10_000 { large[i] = i &* 7 }
    print("dictionary:", large.count, large[9_999]!)
}

run()
