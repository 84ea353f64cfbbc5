import { runUpdates } from '../../contract/definitions.ts'
import { approve as approveMessage } from '../../contract/messages.ts'
import type { PlanAnswer } from '../../contract/plan.ts'
import { confirmInTerminal } from '../confirmation.ts'
import { exitCodes, refusal, type ExitCode } from '../exit-codes.ts'
import type { GlobalOptions } from '../options.ts'
import { remark, say } from '../output.ts'
import { expectationLines } from '../render/expectations.ts'
import { openQuestion, queryPlan, queryProgress, update } from '../temporal/run-queries.ts'
import { checkShape } from '../shape.ts'
import { withTemporal } from '../temporal/connect.ts'

export interface ApproveOptions extends GlobalOptions {
  by: string
  comment?: string
  planHash?: string
  question?: string
  yes?: boolean
}

/** `switchback approve`: shows what the approval is about, then approves exactly that plan. */
export async function approve(workflowId: string, options: ApproveOptions): Promise<ExitCode> {
  return withTemporal(options, async (temporal) => {
    const progress = await queryProgress(temporal, workflowId)
    const question = openQuestion(progress, ({ kind }) => kind === 'approval', options.question)
    if (question === undefined || question.kind !== 'approval')
      throw refusal(
        `${workflowId} does not wait for an approval${options.question === undefined ? '' : ` under the question ${options.question}`}: it is ${progress.state}${progress.currentStep === null ? '' : ` at ${progress.currentStep}`}. Nothing was sent.`,
      )
    const answer = await queryPlan(temporal, workflowId)
    refuseOtherPlan(answer, options.planHash)
    const payload = checkShape(
      approveMessage,
      {
        question: question.id,
        by: options.by,
        planHash: answer.hash,
        ...(options.comment === undefined ? {} : { comment: options.comment }),
      },
      `approve ${workflowId}`,
    )
    remark(aboutTo(answer))
    await confirmInTerminal(`Approve plan ${answer.hash} as ${options.by}?`, options)
    const { message } = await update(temporal, workflowId, runUpdates.approve, payload)
    say(`✔ ${message}`)
    return exitCodes.success
  })
}

/** What a person is about to agree to. */
export function aboutTo({ hash, plan, expectations, findings }: PlanAnswer): string {
  return [
    `${plan.operation} of ${plan.pair}: ${plan.source} → ${plan.target}, ${plan.mode}, plan ${hash}`,
    ...expectationLines(expectations, findings, plan.mode).map((line) => `  ${line}`),
  ].join('\n')
}

export function refuseOtherPlan({ hash }: PlanAnswer, expected: string | undefined): void {
  if (expected !== undefined && expected !== hash)
    throw refusal(
      `The plan is ${hash} now, not ${expected}: it has changed since you read it. Read it again with \`switchback plan\`. Nothing was sent.`,
    )
}
