import type { StepId } from '../../src/contract/steps.ts'

/** What the scenario says, sentence by sentence in our words, the steps that carry it, and the tests that show it. */
export interface Sentence {
  says: string
  steps: readonly StepId[]
  tests: readonly { file: string; titles: readonly string[] }[]
}

export const scenario: readonly { title: string; sentences: readonly Sentence[] }[] = [
  {
    title: 'Before, and the disaster',
    sentences: [
      {
        says: 'Two clusters in different regions are mirrored, with A and B as aliases; a producer writes and a consumer reads on A',
        steps: ['assess'],
        tests: [
          { file: 'test/lab/lab.test.ts', titles: ["a producer's record on A arrives on B as accounting.invoices.A"] },
          {
            file: 'test/activities/assess.test.ts',
            titles: ['two healthy sides have nothing in the way, and the link is remembered as found'],
          },
        ],
      },
      {
        says: 'The instance owner determines whether the event is a disaster',
        steps: ['approve'],
        tests: [
          {
            file: 'test/workflows/questions.test.ts',
            titles: ['force turns planned into forced, which is approved anew by its new hash'],
          },
          {
            file: 'test/cli/with-temporal.test.ts',
            titles: ['an approval is refused here or by the run, never sent for another plan'],
          },
          {
            file: 'test/ui/temporal-ui.test.ts',
            titles: ['a failover is started, read and approved with nothing but what the UI shows'],
          },
        ],
      },
      {
        says: 'The owner coordinates the failover of applications: their reconfiguration, redeployment and restart',
        steps: [
          'stop-producers',
          'hand-over-producers',
          'start-producers',
          'stop-consumers',
          'hand-over-consumers',
          'start-consumers',
        ],
        tests: [
          {
            file: 'test/workflows/story.test.ts',
            titles: ['failover, reset and failback run in their order, and the pair remembers each'],
          },
          {
            file: 'test/controls/command.test.ts',
            titles: ['start is told where and what, in arguments and environment'],
          },
          { file: 'test/lab/round-trips.ts', titles: ['failover moves the applications to B'] },
          {
            file: 'test/workflows/hand-over-state.test.ts',
            titles: ['what does not move is said before the approval, and each application waits for a person’s word'],
          },
        ],
      },
    ],
  },
  {
    title: 'Failing over producers',
    sentences: [
      {
        says: 'Stop the producers that point to A',
        steps: ['stop-producers', 'fence-source'],
        tests: [
          {
            file: 'test/controls/command.test.ts',
            titles: ['stop looks, acts and looks again; stopped already, it does nothing'],
          },
          {
            file: 'test/activities/waits.test.ts',
            titles: ['somebody who writes is named with offsets and time, and the window begins anew'],
          },
        ],
      },
      {
        says: "Restart the producers, pointing to B's endpoints",
        steps: ['open-target', 'mark-cut', 'start-producers'],
        tests: [
          {
            file: 'test/domain/plan/plan.test.ts',
            titles: [
              'every list has known steps once, approves before it acts, and marks the cut before producers start',
            ],
          },
          {
            file: 'test/controls/command.test.ts',
            titles: ['one that runs on another cluster is not started'],
          },
        ],
      },
      {
        says: 'While A and the link still work, see that everything is mirrored: the lag of those topics on B is zero',
        steps: ['confirm-mirrored'],
        tests: [
          {
            file: 'test/domain/certificate/certificate.test.ts',
            titles: [
              'a certificate is complete exactly when no data record of any partition is left, on full evidence',
            ],
          },
          {
            file: 'test/activities/waits.test.ts',
            titles: ['mirroring that catches up ends the wait with a complete certificate'],
          },
          { file: 'test/workflows/questions.test.ts', titles: ['a lag that passes by itself closes the question'] },
        ],
      },
      {
        says: 'Disable the mirroring that is still enabled on topics from A to B, by the user controls',
        steps: ['disable-topics'],
        tests: [
          {
            file: 'test/adapters/mirroring.test.ts',
            titles: ['deselected topics are no longer assigned when the call returns, and go on where they were'],
          },
          {
            file: 'test/domain/names/selection.test.ts',
            titles: ['without some topics, these are not selected and all others are as before'],
          },
        ],
      },
      {
        says: 'The producer now writes to a new local topic on B, of the same name as the original',
        steps: ['create-topics', 'mark-cut', 'start-producers'],
        tests: [
          {
            file: 'test/domain/positions/positions.test.ts',
            titles: ['a drained group continues at the end of the copy and at the cut, and reads nothing twice'],
          },
          {
            file: 'test/activities/waits.test.ts',
            titles: ['producers that write and a group at the end are progress'],
          },
          {
            file: 'test/workflows/create-topics.test.ts',
            titles: ['topics that the target lacks are created right after the approval, before anything is stopped'],
          },
        ],
      },
    ],
  },
  {
    title: 'Failing over consumers',
    sentences: [
      {
        says: 'Stop the consumers that point to A',
        steps: ['drain-consumers', 'stop-consumers'],
        tests: [
          {
            file: 'test/activities/waits.test.ts',
            titles: [
              'a group one short of the end has drained when only markers are left',
              'a group that cannot be looked into is not empty',
            ],
          },
        ],
      },
      {
        says: "Restart the consumers, pointing to B's endpoints",
        steps: ['place-groups', 'start-consumers'],
        tests: [
          {
            file: 'test/domain/positions/positions.test.ts',
            titles: [
              'over any history every partition has an offset inside its log, and no more is read twice than told',
            ],
          },
          {
            file: 'test/adapters/kafka-cluster.test.ts',
            titles: ['a group that never existed is created with its offsets, topic by topic'],
          },
        ],
      },
      {
        says: 'The consumer goes on with the existing messages of `accounting.invoices.A`, while new ones come from `accounting.invoices`',
        steps: ['place-groups', 'start-consumers', 'verify'],
        tests: [
          {
            file: 'test/domain/positions/positions.test.ts',
            titles: ['a group that did not drain continues at the translation, and may read the rest twice'],
          },
          {
            file: 'test/activities/waits.test.ts',
            titles: ['a group with records to read that does not move is no progress'],
          },
          { file: 'test/lab/round-trips.ts', titles: ["a record's way: from A to B, and from B to A"] },
        ],
      },
      {
        says: 'For strict ordering, remote topics are consumed completely before local ones are begun',
        steps: ['start-consumers'],
        tests: [
          {
            file: 'test/controls/command.test.ts',
            titles: ['a consumer that runs goes on with the topics of the next phase'],
          },
          {
            file: 'test/lab/demo-judgement.test.ts',
            titles: ['disorder is a fault under strict ordering, unless it was declared; under relaxed it is none'],
          },
          {
            file: 'test/lab/forced-trip.ts',
            titles: [
              'killed in the middle of the copy, with the worker, the consumer still reads all of it before the local topic',
            ],
          },
          {
            file: 'test/activities/waits.test.ts',
            titles: ['a group at the end of a copy has drained it only as long as that end is there: the copy %s'],
          },
          {
            file: 'test/lab/round-trips.ts',
            titles: ['after the round trips every record has arrived once and in order'],
          },
        ],
      },
    ],
  },
  {
    title: 'Resetting the mirroring',
    sentences: [
      {
        says: 'The owner decides what happens when A is recovered',
        steps: ['approve'],
        tests: [
          {
            file: 'test/activities/draft-plan.test.ts',
            titles: [
              'a reset to the old side disables the old link and enables the way back',
              'a reset to a replacement still disables the link from the dead cluster',
            ],
          },
        ],
      },
      {
        says: 'A is not recoverable: mirroring is enabled between B and a newly provisioned instance',
        steps: ['enable-reverse', 'select-topics'],
        tests: [
          {
            file: 'test/domain/plan/plan.test.ts',
            titles: ['reset to a replacement neither guards nor settles what is lost for good'],
          },
          {
            file: 'test/activities/assess.test.ts',
            titles: ['a replacement whose alias was used before is refused by the topics that carry it'],
          },
        ],
      },
      {
        says: 'First the producers and consumers have been failed over to B',
        steps: ['assess'],
        tests: [
          {
            file: 'test/activities/assess.test.ts',
            titles: ['a failover that is not complete is in the way of a reset'],
          },
          {
            file: 'test/workflows/story.test.ts',
            titles: ['operations out of their order are refused with what comes next'],
          },
        ],
      },
      {
        says: 'A support ticket asks for the mirroring from A to B to be disabled',
        steps: ['open-ticket'],
        tests: [
          {
            file: 'test/workflows/questions.test.ts',
            titles: ['a ticket that was opened without an answer is found again, not opened twice'],
          },
          {
            file: 'test/desks/webhook.test.ts',
            titles: ['a ticket is opened with everything the desk needs'],
          },
          {
            file: 'test/ui/temporal-ui.test.ts',
            titles: ['a reset waits for its ticket, is told by the signal that the desk did not send, and ends'],
          },
        ],
      },
      {
        says: 'After the ticket has been processed …',
        steps: ['await-ticket', 'confirm-disabled'],
        tests: [
          {
            file: 'test/workflows/questions.test.ts',
            titles: [
              'a ticket completed before its wait began, twice, and with a wrong id',
              'a ticket that says done while the link still runs is not believed',
              'reminders go to the desk, and one escalates',
            ],
          },
        ],
      },
      {
        says: '… mirroring is enabled from B, now the source, to A or to the new cluster, now the target',
        steps: ['enable-reverse'],
        tests: [
          {
            file: 'test/adapters/mirroring.test.ts',
            titles: [
              'enabling creates it selecting nothing, and twice is once',
              'disabled: no task is left and the position stays; enabled again it goes on',
            ],
          },
          { file: 'test/lab/round-trips.ts', titles: ['reset has A->B disabled by ticket and mirrors B->A'] },
        ],
      },
      {
        says: 'A has recovered: it is fully operational before operations return to it',
        steps: ['guard-returning', 'assess'],
        tests: [
          {
            file: 'test/activities/assess.test.ts',
            titles: ['a reset onto the recovered side has nothing in the way once the old link is empty'],
          },
          {
            file: 'test/workflows/interrupted.test.ts',
            titles: [
              'a dark source is tried once, skipped with its reason, and its fence is owed and kept by the pair',
            ],
          },
          {
            file: 'test/lab/forced-trip.ts',
            titles: ['A comes back: the pair fences it by itself, where something there can refuse a producer'],
          },
        ],
      },
      {
        says: 'Topics to be mirrored from B to A are enabled by the user controls',
        steps: ['select-topics'],
        tests: [
          {
            file: 'test/adapters/mirroring.test.ts',
            titles: [
              'selecting waits until a task has the topics, and the checkpoint connector follows',
              'only topics change: every other setting goes back as it was',
            ],
          },
        ],
      },
      {
        says: 'Data is seen to arrive on A: topics from B appear there with the suffix of B',
        steps: ['verify-remote'],
        tests: [
          {
            file: 'test/activities/waits.test.ts',
            titles: [
              'remote topics are verified when they are all there and mirroring keeps up',
              'a link that is behind is verified when it moves, and not when it stands',
            ],
          },
        ],
      },
      {
        says: '`accounting.invoices.A` is never mirrored back from B to A: a cycle',
        steps: ['assess', 'select-topics'],
        tests: [
          {
            file: 'test/domain/names/cycles.test.ts',
            titles: [
              'a pattern that would send a copy back to its origin is refused with the loop',
              'exactly what would come round is refused, as copying it shows',
            ],
          },
          {
            file: 'test/activities/evidence.test.ts',
            titles: [
              'a pattern that would send a remote topic home is refused with the loop, unless the mirroring itself keeps it back',
            ],
          },
        ],
      },
      {
        says: 'Not in the scenario: records written on A and never mirrored, when A is back',
        steps: ['settle-stranded'],
        tests: [
          {
            file: 'test/activities/evidence.test.ts',
            titles: [
              'stranded records are counted on the old side, and nothing is stranded where everything was mirrored',
            ],
          },
          {
            file: 'test/domain/losses/ledger.test.ts',
            titles: ['ranges and mirrored offsets together cover the log, without overlap'],
          },
          {
            file: 'test/lab/forced-trip.ts',
            titles: [
              'reset settles exactly what was acknowledged beyond the last mirrored record',
              'the replayed records were read once, in their order, and nothing is lost',
            ],
          },
          {
            file: 'test/adapters/kafka-copy.test.ts',
            titles: [
              'a copier killed in the middle, time and again, leaves every record once and in order',
              'an older copier is refused from the moment a newer one opens the copy, and leaves nothing',
            ],
          },
          {
            file: 'test/activities/conflicts.test.ts',
            titles: ['deletions count on both sides: one that comes too late, and one that would be undone'],
          },
          {
            file: 'test/workflows/stranded.test.ts',
            titles: ['what was begun before an abort goes on or is discarded: nothing else is offered'],
          },
        ],
      },
    ],
  },
  {
    title: 'Failback',
    sentences: [
      {
        says: "The decision to fail back is the owner's, who coordinates the applications again",
        steps: ['approve', 'stop-producers', 'start-producers', 'stop-consumers', 'start-consumers'],
        tests: [
          {
            file: 'test/domain/plan/plan.test.ts',
            titles: ['failback moves as failover does, then swaps the links back'],
          },
        ],
      },
      {
        says: 'Failback is a controlled operation and loses no data',
        steps: ['confirm-mirrored', 'drain-consumers', 'place-groups'],
        tests: [
          {
            file: 'test/domain/positions/positions.test.ts',
            titles: [
              'over any history no group is placed beyond a record it has not read and nobody has settled',
              'moves that are planned and drained read nothing twice, however often the pair moves',
            ],
          },
          {
            file: 'test/lab/round-trips.ts',
            titles: ['after the round trips every record has arrived once and in order'],
          },
          {
            file: 'test/lab/forced-trip.ts',
            titles: [
              'failback goes on behind the replayed records, and mirrors none of them again where the position can be moved',
            ],
          },
        ],
      },
      {
        says: 'Both clusters are fully operational',
        steps: ['assess'],
        tests: [
          {
            file: 'test/activities/assess.test.ts',
            titles: ['a dark source stops a planned run and is expected by a forced one'],
          },
        ],
      },
      {
        says: 'A support ticket asks for the mirroring from B to A to be disabled',
        steps: ['open-ticket', 'await-ticket', 'confirm-disabled'],
        tests: [
          {
            file: 'test/workflows/story.test.ts',
            titles: ['failover, reset and failback run in their order, and the pair remembers each'],
          },
        ],
      },
      {
        says: 'Then mirroring is enabled from A, again the source, to B, again the target',
        steps: ['enable-original', 'select-topics', 'verify-remote', 'verify'],
        tests: [
          { file: 'test/activities/evidence.test.ts', titles: ['a selection that is restored comes back as it was'] },
          {
            file: 'test/activities/draft-plan.test.ts',
            titles: ['a failback returns to the other side and enables the original link at the end'],
          },
          { file: 'test/lab/round-trips.ts', titles: ['failback moves them back to A and restores the mirroring'] },
        ],
      },
    ],
  },
]
