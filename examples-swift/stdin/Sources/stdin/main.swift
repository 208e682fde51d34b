// Echoes the lines of standard input with their numbers, up to its end.
import Hermit

func echo() -> Int {
    var count = 0
    while let line = readLine() {
        count += 1
        print("\(count): \(line)")
    }
    return count
}

print("lines:", echo())
