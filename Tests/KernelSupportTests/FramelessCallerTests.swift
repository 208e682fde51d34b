import Testing

@testable import KernelSupport

/// Functions without a frame: their caller is found by the call in front of
/// the return address.
@Suite struct FramelessCallerTests {
    private static let code: Range<UInt64> = 0x1000..<0x2000
    private static let stack: UInt64 = 0x8000

    /// Code and a stack, as bytes.
    private struct Memory {
        var bytes: [UInt64: UInt8] = [:]

        mutating func put(_ values: [UInt8], at address: UInt64) {
            for (index, value) in values.enumerated() { bytes[address + UInt64(index)] = value }
        }

        mutating func put(word: UInt64, at address: UInt64) {
            put((0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }, at: address)
        }

        func word(_ address: UInt64) -> UInt64? {
            var word: UInt64 = 0
            for i in 0..<8 as Range<UInt64> {
                guard let byte = bytes[address &+ i] else { return nil }
                word |= UInt64(byte) << (8 * i)
            }
            return word
        }
    }

    /// 0x1100 calls a function at 0x1800 that starts with `opening`; the
    /// return address 0x1105 is at the stack pointer.
    private func memory(opening: [UInt8]) -> Memory {
        var memory = Memory()
        for address in Self.code.lowerBound..<Self.code.upperBound { memory.bytes[address] = 0x90 }
        for address in Self.stack..<Self.stack + 64 { memory.bytes[address] = 0 }
        memory.put([0xE8, 0xFB, 0x06, 0, 0], at: 0x1100)
        memory.put(opening, at: 0x1800)
        memory.put(word: 0x1105, at: Self.stack)
        return memory
    }

    private func find(_ memory: Memory, at instruction: UInt64) -> UInt64? {
        FramelessCaller.find(
            instruction: instruction, stackPointer: Self.stack, code: Self.code, read: memory.word)
    }

    @Test func aRoutineWithoutAFrameHasItsCallerAtTheStackPointer() {
        let memory = memory(opening: [0x48, 0x89, 0xF8])
        #expect(find(memory, at: 0x1800) == 0x1105)
        #expect(find(memory, at: 0x1850) == 0x1105)
    }

    @Test func aFunctionThatHasItsFrameIsLeftToTheChain() {
        let memory = memory(opening: [0x55, 0x48, 0x89, 0xE5])
        #expect(find(memory, at: 0x1804) == nil)
        #expect(find(memory, at: 0x1850) == nil)
    }

    @Test func beforeThePushTheCallerIsAtTheStackPointer() {
        #expect(find(memory(opening: [0x55, 0x48, 0x89, 0xE5]), at: 0x1800) == 0x1105)
        let marked = memory(opening: [0xF3, 0x0F, 0x1E, 0xFA, 0x55, 0x48, 0x89, 0xE5])
        #expect(find(marked, at: 0x1804) == 0x1105)
        #expect(find(marked, at: 0x1808) == nil)
    }

    @Test func behindThePushTheCallerIsAWordFurther() {
        var memory = memory(opening: [0x55, 0x48, 0x89, 0xE5])
        memory.put(word: 0x9000, at: Self.stack)
        memory.put(word: 0x1105, at: Self.stack + 8)
        #expect(find(memory, at: 0x1801) == 0x1105)
        #expect(find(memory, at: 0x1804) == nil)
    }

    @Test func aCallOfAnotherFunctionProvesNothing() {
        #expect(find(memory(opening: [0x90]), at: 0x1700) == nil)
        #expect(find(memory(opening: [0x90]), at: 0x1B00) == nil)
    }

    @Test func aJumpToNoCodeCameFromAnIndirectCall() {
        var memory = memory(opening: [0x90])
        // By a function that ended with a jump there.
        #expect(find(memory, at: 0) == 0x1105)
        memory.put([0x90, 0x90, 0x90, 0x90, 0x90], at: 0x1100)
        #expect(find(memory, at: 0) == nil)
        memory.put([0xFF, 0xD0], at: 0x1103)
        #expect(find(memory, at: 0) == 0x1105)
        #expect(find(memory, at: 0x5000) == 0x1105)
        memory.put([0x90, 0x90, 0xFF, 0x55, 0xF8], at: 0x1100)
        #expect(find(memory, at: 0) == 0x1105)
        memory.put([0x90, 0x90, 0xFF, 0x75, 0xF8], at: 0x1100)  // a push
        #expect(find(memory, at: 0) == nil)
    }

    @Test func nothingAtTheStackPointerFindsNothing() {
        #expect(
            FramelessCaller.find(
                instruction: 0x1800, stackPointer: 0x4141_4141_4141_4141, code: Self.code,
                read: { _ in nil }) == nil)
        #expect(
            FramelessCaller.find(
                instruction: 0x1800, stackPointer: .max, code: Self.code, read: { _ in 0x1000 })
                == nil)
    }
}
