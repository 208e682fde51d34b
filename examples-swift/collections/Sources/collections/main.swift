// Arrays, dictionaries, sets and sorting; enumerations, classes, closures.
//
// Variables live in functions: Embedded Swift has no actor to which the
// variables of main.swift itself could belong.
import Hermit

/// Arrays grow, are cut and are sorted.
func arrays() {
    var numbers = (1...10).map { $0 * $0 % 11 }
    numbers.append(contentsOf: [42, 7])
    print("numbers:", numbers.count)
    print(numbers)
    print("sorted: \(numbers.sorted())")
    print("largest: \(numbers.sorted(by: >).prefix(3))")
    print("even: \(numbers.filter { $0.isMultiple(of: 2) })")
    print("sum:", numbers.reduce(0, +), "maximum:", numbers.max() ?? 0)

    // A copy is a copy.
    let before = numbers
    numbers.removeAll { $0 < 5 }
    numbers.reverse()
    print("\(before.count) before, \(numbers) now")
}

/// Dictionaries count and group. Their order is not defined: keys are sorted.
func dictionaries() {
    let words = "the quick brown fox jumps over the lazy dog the end"
        .split(separator: " ").map(String.init)
    var counts: [String: Int] = [:]
    for word in words { counts[word, default: 0] += 1 }
    for word in counts.keys.sorted() where word.count > 3 {
        print(word, counts[word] ?? 0, separator: "=")
    }
    print("the:", counts["the"] ?? 0, "cat:", counts["cat"] ?? 0)
    counts["the"] = nil
    print("without it:", counts.count)

    let byLength = Dictionary(grouping: Set(words), by: { $0.count })
    for length in byLength.keys.sorted() {
        print("\(length): \(byLength[length, default: []].sorted())")
    }
    print(["one": 1])

    // Many elements: storage grows, shrinks and moves.
    var squares: [Int: Int] = [:]
    for i in 0..<10_000 { squares[i] = i * i }
    for i in stride(from: 0, to: 10_000, by: 2) { squares[i] = nil }
    print("squares:", squares.count, squares[99] ?? -1, squares[100] ?? -1)
}

func sets() {
    let odd = Set(stride(from: 1, through: 9, by: 2))
    let prime: Set = [2, 3, 5, 7]
    print("both: \(odd.intersection(prime).sorted())")
    print("either: \(odd.union(prime).sorted())")
    print("prime: 4", prime.contains(4), "5", prime.contains(5))
}

enum Shape {
    case circle(radius: Int)
    case rectangle(width: Int, height: Int)

    var area: Int {
        switch self {
        case .circle(let radius): 3 * radius * radius
        case .rectangle(let width, let height): width * height
        }
    }
}

final class Counter {
    private(set) var value = 0
    func add(_ amount: Int) { value += amount }
    deinit { print("counted to", value) }
}

func shapes() {
    let shapes: [Shape] = [.circle(radius: 2), .rectangle(width: 3, height: 4), .circle(radius: 1)]
    let counter = Counter()
    shapes.forEach { counter.add($0.area) }
    print("areas: \(shapes.sorted { $0.area < $1.area }.map { $0.area })")
}

arrays()
dictionaries()
sets()
shapes()
