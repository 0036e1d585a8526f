import Foundation
import NiangjiaTesting
import Testing

@testable import niangjia_soak

/// Every campaign of `make soak`, small enough for every day.
@Suite("Campaigns against the books, small", .serialized) struct SmallCampaigns {
    let probe = KilledChild.executable("niangjia-soak")

    @Test("The bank test: sixteen writers, fifty accounts, killed and started again")
    func bank() async throws {
        let findings = try await BankCampaign(transfers: 2_500, kills: 5, seed: 7, probe: probe).run()
        #expect(findings.faults.isEmpty, "\(findings.faults)")
        #expect(findings.figure("killed with SIGKILL") == 5)
        #expect((findings.figure("booked") ?? 0) > 1_500)
    }

    @Test("Idempotency keys, each sent eight times at once")
    func idempotency() async throws {
        let findings = try await IdempotencyCampaign(keys: 300, seed: 7).run()
        #expect(findings.faults.isEmpty, "\(findings.faults)")
        #expect(findings.figure("effects") == 300)
    }

    @Test("Payments killed at every step of their life")
    func life() async throws {
        let findings = try await LifeCampaign(kills: 1, seed: 7, probe: probe).run()
        #expect(findings.faults.isEmpty, "\(findings.faults)")
        #expect((findings.figure("killed with SIGKILL") ?? 0) >= 15)
    }

    @Test("A correction killed at every step: each line has one effect")
    func correction() async throws {
        let findings = try await CorrectionCampaign(kills: 1, people: 210, seed: 7, probe: probe).run()
        #expect(findings.faults.isEmpty, "\(findings.faults)")
        #expect((findings.figure("killed with SIGKILL") ?? 0) >= 5)
        #expect((findings.figure("made up (补发)") ?? 0) > 500 && (findings.figure("claimed (追回)") ?? 0) > 200)
    }

    @Test(
        "A batch through the commands: answered line by line, an altered account refuses the file, only failures are reissued",
        .enabled(if: FileManager.default.isExecutableFile(atPath: KilledChild.executable("niangjia"))))
    func batch() async throws {
        let findings = try await BatchCampaign(
            lines: 300, failing: 5, untold: 3, seed: 7, binary: KilledChild.executable("niangjia")
        ).run()
        #expect(findings.faults.isEmpty, "\(findings.faults)")
        #expect(findings.figure("paid") == 295 && findings.figure("reissued") == 5)
    }

    @Test("A full disk refuses cleanly and goes on when there is room")
    func disk() async throws {
        let findings = try await DiskCampaign(seed: 7, probe: probe).run()
        #expect(findings.faults.isEmpty, "\(findings.faults)")
    }

    @Test("Many grants paid in one batch, and all of it verified")
    func verify() async throws {
        let findings = try await VerifyCampaign(grants: 1_200, seed: 7).run()
        #expect(findings.faults.isEmpty, "\(findings.faults)")
        #expect((findings.figure("sealed rows") ?? 0) > 2_400)
    }

    @Test("Whatever is changed in a copied store, the audit finds it")
    func mutations() async throws {
        let findings = try await MutationCampaign(mutations: 500, seed: 7).run()
        #expect(findings.faults.isEmpty, "\(findings.faults)")
        #expect((findings.figure("rows of call") ?? 0) >= 20)
        #expect((findings.figure("rows of run_block") ?? 0) >= 2)
    }
}
