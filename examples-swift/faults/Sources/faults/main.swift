// Goes wrong in the way that its argument names. `hermit run` tells what
// happened, and in which function, file and line.
import Hermit

let ways = "index, overflow, unwrap"

/// An element behind the last.
func readBehindTheEnd(of numbers: [Int]) -> Int {
    numbers[numbers.count]
}

/// A sum that no `Int` holds.
func addOne(to number: Int) -> Int {
    number + 1
}

/// A value that is not there.
func firstWord(in words: [String]) -> String {
    words.first!
}

let count = CommandLine.arguments.count
switch count == 2 ? CommandLine.arguments[1] : "" {
case "index": print(readBehindTheEnd(of: [1, 2, count]))
case "overflow": print(addOne(to: Int.max - 2 + count))
case "unwrap": print(firstWord(in: [String](CommandLine.arguments.dropFirst(2))))
default:
    try? StandardError.write("usage: faults WAY, one of \(ways)\n")
    exit(2)
}
