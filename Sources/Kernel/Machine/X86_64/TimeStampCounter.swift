import CMachine

/// The processor's time stamp counter, and its frequency as the processor or
/// the hypervisor gives it.
public enum TimeStampCounter {
    /// The counter; other instructions may be moved across.
    @inline(__always)
    public static func read() -> UInt64 { machine_read_tsc() }

    /// The counter, after all loads before and before all loads behind.
    @inline(__always)
    public static func readInOrder() -> UInt64 { machine_read_tsc_in_order() }

    /// What CPUID leaves hold, without their names in the manual.
    public struct Identification: Sendable {
        /// Leaf 0x15: denominator, numerator, the crystal's hertz.
        public let crystal: (UInt32, UInt32, UInt32)
        /// Leaf 0x16: base frequency in MHz.
        public let base: UInt32
        /// Leaf 0x40000010: kHz.
        public let hypervisor: UInt32
        /// KVM's paravirtual clock: multiplier and shift.
        public let paravirtual: (UInt32, Int8)

        /// Asks the processor (Intel SDM 2A, CPUID); what it does not offer is zero.
        public init() {
            let highest = machine_cpuid(0, 0).eax
            let crystal = highest >= 0x15 ? machine_cpuid(0x15, 0) : machine_cpuid_none()
            self.crystal = (crystal.eax, crystal.ebx, crystal.ecx)
            base = highest >= 0x16 ? machine_cpuid(0x16, 0).eax : 0

            // Under a hypervisor, leaf 1 says so.
            let isVirtual = machine_cpuid(1, 0).ecx & 1 << 31 != 0
            let signature = isVirtual ? machine_cpuid(0x4000_0000, 0) : machine_cpuid_none()
            // "KVMKVMKVM", of which a maximum of 0 means the leaf behind.
            let isKVM =
                signature.ebx == 0x4B4D_564B && signature.ecx == 0x564B_4D56
                && signature.edx == 0x4D
            let hasFrequency = signature.eax >= 0x4000_0010 && signature.eax < 0x4000_0100
            hypervisor = hasFrequency ? machine_cpuid(0x4000_0010, 0).eax : 0
            // KVM_FEATURE_CLOCKSOURCE2
            let hasClock = isKVM && machine_cpuid(0x4000_0001, 0).eax & 1 << 3 != 0
            paravirtual = hasClock ? Self.paravirtualScale() : (0, 0)
        }

        /// Has KVM fill in its clock once (MSR_KVM_SYSTEM_TIME_NEW).
        private static func paravirtualScale() -> (UInt32, Int8) {
            let register: UInt32 = 0x4B56_4D01
            let clock = unsafe machine_paravirtual_clock()!
            // The image lies where its addresses say: virtual is physical.
            machine_write_msr(register, UInt64(UInt(bitPattern: clock)) | 1)
            let scale = unsafe (clock.pointee.multiplier, clock.pointee.shift)
            machine_write_msr(register, 0)
            return scale
        }
    }
}
