import KernelDescriptors
import KernelSupport
import Testing

struct NumberTableTests {
    @Test func numbersAreTheLowestFreeOnes() {
        let table = Numbers(room: 1024)
        for expected in 0..<200 {
            #expect(table.lowestFree() == expected)
            _ = table.set(expected, Place(expected), closesOnExec: false)
        }
        #expect(table.clear(77) == Place(77))
        #expect(table.clear(77) == .none)
        #expect(table.lowestFree() == 77)
        #expect(table.lowestFree(from: 78) == 200)
        #expect(table.lowestFree(from: 1024) == nil)
        #expect(table.lowestFree(from: -1) == nil)
        #expect(table.description(-1) == .none)
        #expect(table.description(.max) == .none)
        #expect(table.descriptionQuickly(-1) == .none)
        #expect(table.descriptionQuickly(.max) == .none)
        #expect(table.descriptionQuickly(76) == Place(76))
    }

    @Test func limitsHold() {
        let table = Numbers(room: 70000)
        #expect(throws: Errno.invalidArgument) { try table.setLimit(5, hard: 4) }
        #expect(throws: Errno.notPermitted) { try table.setLimit(5, hard: 65537) }
        #expect(throws: Never.self) { try table.setLimit(65536, hard: 65536) }
        for number in 0..<65536 { _ = table.set(number, Place(1), closesOnExec: false) }
        #expect(table.lowestFree() == nil)
        _ = table.clear(65535)
        #expect(table.lowestFree() == 65535)
        #expect(throws: Never.self) { try table.setLimit(10, hard: 20) }
        // Those above stay.
        #expect(table.description(60000) == Place(1))
        #expect(table.lowestFree() == nil)
        #expect(throws: Errno.notPermitted) { try table.setLimit(10, hard: 21) }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func randomChangesAreThoseOfAModel(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let table = Numbers(room: 1024)
        var model: [Int: (Int, Bool)] = [:]
        for step in 0..<20000 {
            let number = Int.random(in: 0..<300, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                let first = Int.random(in: 0..<300, using: &random)
                let expected = (first..<1024).first { model[$0] == nil }
                #expect(table.lowestFree(from: first) == expected, "seed \(seed), step \(step)")
                guard let expected else { continue }
                if step % 3 == 0 {
                    table.setFree(expected, Place(step), closesOnExec: step % 2 == 0)
                } else {
                    #expect(table.set(expected, Place(step), closesOnExec: step % 2 == 0) == .none)
                }
                model[expected] = (step, step % 2 == 0)
            case 2:
                let old = table.set(number, Place(step), closesOnExec: false)
                #expect(old == (model[number].map { Place($0.0) } ?? .none))
                model[number] = (step, false)
            case 3 where step % 3 == 0 && model[number] != nil:
                table.clearTaken(Int32(number))
                model[number] = nil
            case 3:
                #expect(table.clear(Int32(number)) == (model[number].map { Place($0.0) } ?? .none))
                model[number] = nil
            default:
                #expect(table.description(Int32(number)) == (model[number].map { Place($0.0) } ?? .none))
                #expect(table.descriptionQuickly(Int32(number)) == table.description(Int32(number)))
                if let entry = model[number] {
                    #expect(table.closesOnExec(Int32(number)) == entry.1)
                }
            }
            #expect(table.used == model.count)
        }
    }
}
