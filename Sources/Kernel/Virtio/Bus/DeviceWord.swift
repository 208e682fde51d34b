/// A device in memory, as the boot line tells of it: `virtio_mmio.device=SIZE@ADDRESS:LINE`,
/// the size with K, M or G behind it, numbers decimal or with 0x, and perhaps `:NUMBER`.
public struct DeviceWord: Equatable, Sendable {
    /// Where its registers are.
    public let address: UInt64
    public let size: UInt64
    /// The line of the interrupt controller that it is wired to.
    public let line: UInt32

    /// Bytes of the registers that every device has (virtio 1.2, 4.2.2).
    private static let leastSize: UInt64 = 0x100
    /// What is behind has no page of its own.
    private static let addressLimit: UInt64 = 1 << 40

    /// A reader that is given the bytes behind the equals sign, one after the other.
    public struct Reader: Sendable {
        private var numbers: (UInt64, UInt64, UInt64) = (0, 0, 0)
        private var place = 0
        private var isHexadecimal = false
        private var isWrong = false
        /// Digits of the present number; a unit ends it.
        private var digits = 0
        private var isEnded = false

        public init() {}

        private var number: UInt64 {
            get { place == 0 ? numbers.0 : place == 1 ? numbers.1 : numbers.2 }
            set {
                switch place {
                case 0: numbers.0 = newValue
                case 1: numbers.1 = newValue
                default: numbers.2 = newValue
                }
            }
        }

        public mutating func take(_ byte: UInt8) {
            switch byte {
            case UInt8(ascii: "@") where place == 0, UInt8(ascii: ":") where place == 1 || place == 2:
                if digits == 0 { isWrong = true }
                place += 1
                (isHexadecimal, digits, isEnded) = (false, 0, false)
            // The device's number, which says nothing.
            case _ where place > 2: break
            case UInt8(ascii: "x") where !isHexadecimal && digits == 1 && number == 0:
                isHexadecimal = true
                digits = 0
            case UInt8(ascii: "K") where place == 0: scale(by: 10)
            case UInt8(ascii: "M") where place == 0: scale(by: 20)
            case UInt8(ascii: "G") where place == 0: scale(by: 30)
            default: add(byte)
            }
        }

        private mutating func scale(by shift: UInt64) {
            if digits == 0 || isEnded || number >> (64 - shift) != 0 { isWrong = true }
            number <<= shift
            isEnded = true
        }

        private mutating func add(_ byte: UInt8) {
            var digit: UInt64
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt64(byte - UInt8(ascii: "a")) + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt64(byte - UInt8(ascii: "A")) + 10
            default: digit = 16
            }
            let base: UInt64 = isHexadecimal ? 16 : 10
            let (product, overflow) = number.multipliedReportingOverflow(by: base)
            let (sum, carry) = product.addingReportingOverflow(digit)
            if digit >= base || overflow || carry || isEnded { isWrong = true }
            number = sum
            digits += 1
        }

        /// What was read; `nil`: it tells of no device.
        public var word: DeviceWord? {
            guard !isWrong, place >= 2, place > 2 || digits > 0, numbers.0 >= DeviceWord.leastSize,
                numbers.1 != 0, numbers.1 < DeviceWord.addressLimit,
                numbers.0 <= DeviceWord.addressLimit, numbers.1 & 3 == 0, let line = UInt32(exactly: numbers.2)
            else { return nil }
            return DeviceWord(address: numbers.1, size: numbers.0, line: line)
        }
    }
}
